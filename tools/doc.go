// Package tools checks what the compiler does not see: the container files. It
// is a module of its own, so that what the checks need (the parsers of Compose
// files and Dockerfiles, staticcheck) stays out of the module that others
// import. Its commands serve the scripts of this repository:
//
//	tally   reads the results of all test runs and prints the sum
package tools
