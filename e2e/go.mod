module github.com/everwire/everwire/e2e

go 1.26.0

require github.com/everwire/everwire v0.0.0

require (
	github.com/gorilla/mux v1.8.1 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace github.com/everwire/everwire => ../
