// Package report writes what the benchmarks found as Markdown: tables, and the
// machine and programs that they were found with. It names no host.
package report
