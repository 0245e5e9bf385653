# Two commands are all that is needed: "make run" and "make test".
# make run ARGS="--listen 127.0.0.1:9000" passes flags to the program.

SHELL := /bin/bash
.DEFAULT_GOAL := run
.PHONY: run test test-quick e2e fuzz bench soak fmt lint build docker

run:        ; @scripts/run $(ARGS)
test:       ; @scripts/test
test-quick: ; @go vet ./... && go test ./...
e2e:        ; @scripts/web && E2E=require go -C e2e test -count=1 ./...
fuzz:       ; @scripts/fuzz 120
bench:      ; @scripts/bench
soak:       ; @scripts/soak
fmt:        ; @scripts/gofiles | xargs -0 gofmt -w
lint:       ; @scripts/lint
build:      ; @scripts/build
docker:     ; @docker compose build
