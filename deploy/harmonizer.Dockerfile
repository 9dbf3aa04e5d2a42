# The harmonizer: one static binary and a scratch directory, nothing else. Built from the root of the repository.
FROM golang:1.27 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY gen/go gen/go
COPY go-harmonizer go-harmonizer
ARG VERSION=container
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" \
    -o /harmonizerd ./go-harmonizer/cmd/harmonizerd && install -d -m 0700 /empty

FROM scratch
COPY --from=build /harmonizerd /harmonizerd
COPY --from=build --chown=65532:65532 /empty /tmp
USER 65532:65532
EXPOSE 8081 8082
STOPSIGNAL SIGTERM
ENTRYPOINT ["/harmonizerd"]
