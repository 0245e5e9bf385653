package measure_test

import (
	"math"
	"slices"
	"testing"

	"github.com/everwire/everwire/bench/internal/measure"
)

var nan = math.NaN()

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	hundred := make([]int64, 100)
	for i := range hundred {
		hundred[i] = int64(i + 1)
	}
	for _, c := range []struct {
		name   string
		sorted []int64
		p      float64
		want   int64
	}{
		{"none", nil, 50, 0},
		{"one value, low", []int64{7}, 0, 7},
		{"one value, high", []int64{7}, 100, 7},
		{"median of two is the lower", []int64{1, 9}, 50, 1},
		{"just over the median", []int64{1, 9}, 50.1, 9},
		{"five values", []int64{15, 20, 35, 40, 50}, 30, 20},
		{"five values, 40", []int64{15, 20, 35, 40, 50}, 40, 20},
		{"p50 of 100", hundred, 50, 50},
		{"p99 of 100", hundred, 99, 99},
		{"p99.9 of 100", hundred, 99.9, 100},
		{"beyond", hundred, 200, 100},
	} {
		if got := measure.Percentile(c.sorted, c.p); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestMedianLeavesItsArgumentAlone(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, nan},
		{[]float64{4}, 4},
		{[]float64{9, 1}, 5},
		{[]float64{9, 1, 2}, 2},
		{[]float64{9, 1, 2, 4}, 3},
	} {
		before := slices.Clone(c.values)
		if got := measure.Median(c.values); !same(got, c.want) {
			t.Errorf("median of %v: got %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("%v has become %v", before, c.values)
		}
	}
}

func TestSeriesPassesOverFailedRounds(t *testing.T) {
	s := measure.Series{3, nan, 1, 8}
	if got := s.Median(); !same(got, 3) {
		t.Errorf("median: %v", got)
	}
	if least, greatest := s.Range(); least != 1 || greatest != 8 {
		t.Errorf("range: %v to %v", least, greatest)
	}
	if least, greatest := (measure.Series{nan}).Range(); !math.IsNaN(least) || !math.IsNaN(greatest) {
		t.Errorf("range of nothing: %v to %v", least, greatest)
	}
}

func TestRatioComparesWithinARound(t *testing.T) {
	for _, c := range []struct {
		name    string
		s, base measure.Series
		want    float64
	}{
		// The machine was three times as slow in the second round.
		{"drift", measure.Series{5, 15, 6}, measure.Series{10, 30, 10}, 0.5},
		{"even number of rounds", measure.Series{5, 7}, measure.Series{10, 10}, 0.6},
		{"the server failed once", measure.Series{nan, 8}, measure.Series{10, 10}, 0.8},
		{"the base failed once", measure.Series{1, 8}, measure.Series{nan, 10}, 0.8},
		{"different lengths", measure.Series{8, 100}, measure.Series{10}, 0.8},
		{"base of zero", measure.Series{8, 4}, measure.Series{0, 8}, 0.5},
		{"nothing in common", measure.Series{8, nan}, measure.Series{nan, 10}, nan},
		{"empty", nil, nil, nan},
	} {
		if got := c.s.Ratio(c.base); !same(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEveryoneBeginsInTurn(t *testing.T) {
	names := []string{"a", "b", "c"}
	for round, want := range [][]string{{"a", "b", "c"}, {"b", "c", "a"}, {"c", "a", "b"}, {"a", "b", "c"}} {
		if got := measure.Turn(names, round); !slices.Equal(got, want) {
			t.Errorf("round %d: %v, want %v", round, got, want)
		}
	}
	if got := measure.Turn(nil, 5); len(got) != 0 {
		t.Errorf("nobody's turn: %v", got)
	}
}
