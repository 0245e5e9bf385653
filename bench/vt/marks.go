//go:build linux

package main

import "github.com/everwire/everwire/bench/internal/contest"

// marked is the stream after which a screen is weighed.
const marked = "plain"

// marks are what this project's emulator should reach. 5 ms of CPU for a
// megabyte are 200 megabytes per second.
var marks = []contest.Mark{
	{What: "CPU ms per MB of plain text (200 MB/s)", Limit: 5, Value: contest.Median(ours, "plain", cpuPerMB)},
	{What: "CPU ms per MB of lists (200 MB/s)", Limit: 5, Value: contest.Median(ours, "ls", cpuPerMB)},
	{What: "CPU ms per MB of wide text (100 MB/s)", Limit: 10, Value: contest.Median(ours, "wide", cpuPerMB)},
	{What: "CPU ms per MB of scroll regions (100 MB/s)", Limit: 10, Value: contest.Median(ours, "regions", cpuPerMB)},
	{What: "CPU ms per MB of true colours (80 MB/s)", Limit: 12.5, Value: contest.Median(ours, "colours", cpuPerMB)},
	{What: "allocations per write of plain text", Limit: 0.01, Value: contest.Median(ours, "plain", allocations)},
	{What: "allocations per write of lists", Limit: 0.01, Value: contest.Median(ours, "ls", allocations)},
	{What: "allocations per write of wide text", Limit: 0.01, Value: contest.Median(ours, "wide", allocations)},
	{What: "allocations per write of scroll regions", Limit: 0.01, Value: contest.Median(ours, "regions", allocations)},
	{What: "allocations per write of true colours", Limit: 0.01, Value: contest.Median(ours, "colours", allocations)},
	{What: "KiB of a screen after plain text", Limit: 64, Value: contest.Median(ours, "memory-plain", screenKiB)},
}
