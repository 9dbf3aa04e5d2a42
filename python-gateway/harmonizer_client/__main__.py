"""python -m harmonizer_client is the command harmonizer."""

from .cli import main

main()
