# accountgraph in a container: the program alone, which is static, the certificate authorities that TLS needs, and a place for
# uploads while they are read.
#   docker build -t accountgraph .
FROM golang:1.26-bookworm AS build
WORKDIR /src
# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
# With .git, from which the program takes its version; without, it is (devel).
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /image/accountgraph .
RUN cp LICENSE NOTICE /image/ && mkdir -p -m 1777 /image/tmp && install -D /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt

FROM scratch
COPY --from=build /image /
# Nobody in particular; no file here is that user's.
USER 65532:65532
ENV ADDR=0.0.0.0:8080 LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/accountgraph", "health"]
ENTRYPOINT ["/accountgraph"]
