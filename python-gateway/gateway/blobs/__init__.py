"""Blobs: the bytes of uploads and artifacts, under generated names. One port, two adapters, one table of URLs."""

from gateway.blobs.directory import DirectoryBlobStore
from gateway.blobs.objects import ObjectBlobStore
from gateway.blobs.port import READ_BYTES, BlobExists, BlobMissing, BlobStore, BlobWriter, Digest
from gateway.blobs.urls import open_store

__all__ = [
    "READ_BYTES",
    "BlobExists",
    "BlobMissing",
    "BlobStore",
    "BlobWriter",
    "Digest",
    "DirectoryBlobStore",
    "ObjectBlobStore",
    "open_store",
]
