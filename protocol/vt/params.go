package vt

// maxParams is how many parameters of a sequence are kept.
const maxParams = 32

// maxParam is the largest value of a parameter.
const maxParam = 1<<31 - 1

// params are the parameters of a sequence: numbers, separated by a semicolon,
// or by a colon where a number is a part of the one before (ECMA-48 5.4.2).
type params struct {
	n    int
	sub  uint32 // bit i: number i is behind a colon
	full bool   // there are more than maxParams
	v    [maxParams]int32
}

func (p *params) clear() { p.n, p.sub, p.full = 0, 0, false }

// put takes a byte of the parameters.
func (p *params) put(c byte) {
	if p.n == 0 {
		p.n, p.v[0] = 1, -1
	}
	if c >= ':' {
		if p.n == maxParams {
			p.full = true
			return
		}
		if c == ':' {
			p.sub |= 1 << p.n
		}
		p.v[p.n] = -1
		p.n++
		return
	}
	if p.full {
		return
	}
	d := int32(c - '0')
	if v := p.v[p.n-1]; v >= 0 {
		if v > (maxParam-9)/10 {
			p.v[p.n-1] = maxParam
			return
		}
		d += v * 10
	}
	p.v[p.n-1] = d
}

// take takes decimal numbers with semicolons between, as long as they are short
// and few, and returns how many bytes that was. It does as put would.
func (p *params) take(text []byte) int {
	value := int32(-1)
	start, n := 0, 0
	for i, c := range text {
		switch d := int32(c) - '0'; {
		case uint32(d) < 10:
			if i-start > 8 {
				return p.taken(n, value, i)
			}
			value = max(value, 0)*10 + d
		case c == ';' && n < maxParams-1:
			p.v[n] = value
			n++
			value, start = -1, i+1
		default:
			return p.taken(n, value, i)
		}
	}
	return p.taken(n, value, len(text))
}

// taken ends take, where number n has the value and some bytes were taken.
func (p *params) taken(n int, value int32, size int) int {
	if size > 0 {
		p.v[n] = value
		p.n = n + 1
	}
	return size
}

// count returns the number of parameters; a sequence has at least one, which
// may be empty.
func (p *params) count() int { return max(p.n, 1) }

// get returns parameter i, or def if it is missing or empty.
func (p *params) get(i, def int) int {
	if i >= p.n || p.v[i] < 0 {
		return def
	}
	return int(p.v[i])
}

// num returns parameter i as a count or a position: missing, empty and 0 are 1.
func (p *params) num(i int) int { return max(p.get(i, 1), 1) }

// isSub reports whether parameter i is a part of the one before.
func (p *params) isSub(i int) bool { return i < p.n && p.sub&(1<<i) != 0 }
