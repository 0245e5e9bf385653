package config

import "strings"

// Nearest returns the candidate that a person who wrote name most probably
// meant, or "" if none is close: the one with the smallest edit distance
// (insert, delete, replace or swap two neighbours), at most a third of the
// name's length and at least 1.
func Nearest(name string, candidates []string) string {
	best, bound := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(name, c); d < bound {
			best, bound = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of a and b in bytes.
func distance(a, b string) int {
	before := make([]int, len(b)+1) // the row above prev
	prev := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := prev[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, prev[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}

// UnknownKey returns the error for a key that is no setting, with the nearest
// key if there is one. For a section, such as "admin", it names the settings in it:
// the one that the value was probably meant for, if that can be told.
func UnknownKey(key string, value any) error {
	c := Default()
	var keys, inside, meant []string
	for _, f := range c.Fields() {
		keys = append(keys, f.Key)
		if strings.HasPrefix(f.Key, key+".") {
			inside = append(inside, f.Key)
			if f.fits(value) {
				meant = append(meant, f.Key)
			}
		}
	}
	if len(inside) > 0 {
		remedy := "its settings are " + strings.Join(inside, ", ")
		if len(meant) == 1 {
			remedy = "did you mean " + meant[0] + "?"
		}
		return &Error{Key: key, Problem: "is a section, and no setting itself", Remedy: remedy}
	}
	remedy := "run \"everwire config print\" for all keys"
	if near := Nearest(key, keys); near != "" {
		remedy = "did you mean " + near + "?"
	}
	return &Error{Key: key, Problem: "unknown key", Remedy: remedy}
}

// fits reports whether a value is surely meant for the setting: a yes or no, or one
// of the words that it has.
func (f Field) fits(value any) bool {
	if !f.Bool() && f.tag.Get("oneof") == "" || f.List() {
		return false
	}
	return f.Set(value) == nil && f.checkWord() == nil
}
