//go:build linux

package main

import "github.com/everwire/everwire/bench/internal/contest"

// marks4 are what this project's server should reach for clients of Engine.IO 4.
var marks4 = []contest.Mark{
	{What: "CPU of an ack at 1,000 clients, to node", Limit: 0.5, Value: contest.To(ours, node, "ack-1000", ackCPU)},
	{What: "CPU of an ack by polling, to node", Limit: 0.6, Value: contest.To(ours, node, "polling-100", ackCPU)},
	{What: "CPU of a broadcast to each of 1,000, to node", Limit: 0.7, Value: contest.To(ours, node, "broadcast-1000", broadcastCPU)},
	{What: "CPU of a broadcast to each of 5,000, to node", Limit: 0.7, Value: contest.To(ours, node, "broadcast-5000", broadcastCPU)},
	{What: "p99 of a broadcast to 1,000 with one stalled, to all reading", Limit: 1.1, Value: contest.Median(ours, "stalled-1000", stallRatio)},
	{What: "CPU of a connect by WebSocket, to node", Limit: 0.35, Value: contest.To(ours, node, "idle-10000", connectCPU)},
	{What: "KiB per idle WebSocket after a GC", Limit: 6, Value: contest.Median(ours, "idle-10000", collectedKiB)},
	{What: "KiB per idle WebSocket as it stands", Limit: 8, Value: contest.Median(ours, "idle-10000", idleKiB)},
	{What: "KiB per idle WebSocket with TLS, after a GC", Limit: 16, Value: contest.Median(ours, "tls-10000", collectedKiB)},
	{What: "KiB per session between two polls, after a GC", Limit: 2, Value: contest.Median(ours, "parked-10000", collectedKiB)},
}

// marks3 are those for clients of Engine.IO 3.
var marks3 = []contest.Mark{
	{What: "CPU of an ack at 100 clients, to googollee", Limit: 1, Value: contest.To(ours, goPeer, "ack-100", ackCPU)},
	{What: "CPU of an ack at 1,000 clients, to googollee", Limit: 1, Value: contest.To(ours, goPeer, "ack-1000", ackCPU)},
	{What: "CPU of a broadcast to each of 1,000, to googollee", Limit: 1, Value: contest.To(ours, goPeer, "broadcast-1000", broadcastCPU)},
	{What: "memory per idle WebSocket after a GC, to googollee", Limit: 1, Value: contest.To(ours, goPeer, "idle-5000", collectedKiB)},
	{What: "memory per session with a poll that waits after a GC, to googollee", Limit: 1, Value: contest.To(ours, goPeer, "hanging-5000", collectedKiB)},
}
