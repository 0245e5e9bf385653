package transports

import (
	"net/http"
	"strconv"
	"strings"
)

// AcceptedEncoding returns the one of the offered content codings that the
// client of a request with header h likes best, the first of equals, or "" if
// it wants none (RFC 9110 section 12.5.3). A client that names no codings gets
// none: one of 1999 cannot be told from one that takes everything.
func AcceptedEncoding(h http.Header, offers ...string) string {
	lines := h["Accept-Encoding"]
	if len(lines) == 0 {
		return ""
	}
	best, bestWeight := "", 0.0
	for _, offer := range offers {
		weight, named := weightOf(lines, offer)
		if !named {
			weight, _ = weightOf(lines, "*")
		}
		if weight > bestWeight {
			best, bestWeight = offer, weight
		}
	}
	if plain, named := weightOf(lines, "identity"); named && plain > bestWeight {
		return ""
	}
	return best
}

// weightOf returns the weight of a coding in a list, between 0 and 1, and
// whether the list names it. A weight that is none refuses.
func weightOf(lines []string, coding string) (weight float64, named bool) {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), coding) {
				continue
			}
			key, value, _ := strings.Cut(params, "=")
			if !strings.EqualFold(strings.TrimSpace(key), "q") {
				return 1, true
			}
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0, true
			}
			return q, true
		}
	}
	return 0, false
}
