"""What the end to end tests share: real processes on loopback, ways to talk to them, files to send."""
