//go:build linux

package main

import "github.com/everwire/everwire/bench/internal/contest"

// marks are what this project's server should reach.
var marks = []contest.Mark{
	{What: "CPU per message of 32 bytes at 100 connections, to gorilla", Limit: 0.8, Value: contest.To(ours, base, "echo-100x32", echoCPU)},
	{What: "CPU per message of 32 bytes at 1000 connections, to gorilla", Limit: 0.8, Value: contest.To(ours, base, "echo-1000x32", echoCPU)},
	{What: "CPU per message of 4 KiB at 100 connections, to gorilla", Limit: 0.5, Value: contest.To(ours, base, "echo-100x4096", echoCPU)},
	{What: "CPU per message of 4 KiB at 1000 connections, to gorilla", Limit: 0.5, Value: contest.To(ours, base, "echo-1000x4096", echoCPU)},
	{What: "KiB per idle connection of 10,000 after a GC", Limit: 4.5, Value: contest.Median(ours, marked, collectedKiB)},
	{What: "KiB per idle connection of 10,000 as it stands", Limit: 6, Value: contest.Median(ours, marked, idleKiB)},
	{What: "CPU of a broadcast to 10,000, to the cheapest other", Limit: 1, Value: contest.ToBest(ours, marked, broadcastCPU)},
	{What: "time until the last of 10,000 has a broadcast, to the fastest other", Limit: 1, Value: contest.ToBest(ours, marked, broadcastTime)},
}

// marked is the case that the marks for many connections speak of.
const marked = "crowd-10000"
