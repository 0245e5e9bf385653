// Package measure has the arithmetic of the benchmarks: percentiles, medians,
// ratios between servers, and the order in which servers take turns.
package measure
