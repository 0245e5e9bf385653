package measure

import (
	"math"
	"slices"
)

// Number is what can be measured.
type Number interface{ ~int64 | ~float64 }

// Percentile returns the smallest value that at least p percent of the values
// do not exceed (the nearest-rank method). The values must be sorted. Without
// values it returns zero.
func Percentile[T Number](sorted []T, p float64) T {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Median returns the middle value, or the mean of the two in the middle. The
// values may have any order, which is kept. Without values it returns NaN.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// Series is one figure of one server, round by round. A round in which the
// server failed is NaN.
type Series []float64

// known returns the rounds that gave a figure.
func (s Series) known() []float64 {
	return slices.DeleteFunc(slices.Clone(s), math.IsNaN)
}

// Median returns the median of the rounds that gave a figure, NaN without any.
func (s Series) Median() float64 { return Median(s.known()) }

// Range returns the least and the greatest figure, NaN without any.
func (s Series) Range() (least, greatest float64) {
	known := s.known()
	if len(known) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(known), slices.Max(known)
}

// Ratio returns the median over the rounds of s divided by base in the same
// round. Servers that follow each other find the machine in the same state, so
// this varies less than the ratio of two medians. Rounds that only one of the
// two has do not count; NaN if there is no other.
func (s Series) Ratio(base Series) float64 {
	var ratios []float64
	for i := range min(len(s), len(base)) {
		if r := s[i] / base[i]; !math.IsNaN(r) && !math.IsInf(r, 0) {
			ratios = append(ratios, r)
		}
	}
	return Median(ratios)
}

// Turn returns the names in the order of a round, counted from zero: each round
// begins with another name, so that none is always first or always behind the
// same one.
func Turn(names []string, round int) []string {
	if len(names) == 0 {
		return nil
	}
	first := round % len(names)
	return slices.Concat(names[first:], names[:first])
}
