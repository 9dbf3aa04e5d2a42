"""What the gateway and the client both need of gRPC. It knows neither of them, nor the contract."""
