package cli

// UntilSignal is a seam for the test of a second signal.
var UntilSignal = untilSignal
