"""JobService over gRPC: the same services as REST under the same names."""
