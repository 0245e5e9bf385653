package report

var CPUModel = cpuModel
