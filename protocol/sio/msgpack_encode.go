package sio

import "strconv"

// countElements returns the number of elements of each array and of members of
// each object of raw, which is valid JSON, in the order in which they open.
// MessagePack wants to know before the first one.
func countElements(raw []byte) []int {
	var counts, open []int
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case ' ', '\t', '\n', '\r', ':':
			continue
		case ',':
			counts[open[len(open)-1]]++
			continue
		case ']', '}':
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && counts[open[n-1]] == 0 {
			counts[open[n-1]] = 1
		}
		switch raw[i] {
		case '[', '{':
			open = append(open, len(counts))
			counts = append(counts, 0)
		case '"':
			i = endOfString(raw, i) - 1
		}
	}
	return counts
}

// endOfString returns the offset behind the string that begins at i.
func endOfString(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// mpWriter writes JSON as MessagePack. The JSON has been checked.
type mpWriter struct {
	raw    []byte
	i      int // what comes next
	dst    []byte
	counts []int         // of the arrays and objects that are still to come
	marks  []placeholder // those that are still to come
	binary [][]byte
}

// next skips white space and separators and returns the byte that follows.
func (w *mpWriter) next() byte {
	for {
		switch c := w.raw[w.i]; c {
		case ' ', '\t', '\n', '\r', ':', ',':
			w.i++
		default:
			return c
		}
	}
}

func (w *mpWriter) value() {
	switch w.next() {
	case '"':
		w.str()
	case '[':
		n := w.open()
		w.dst = appendMpCount(w.dst, mpArray, mpArray16, n)
		for range n {
			w.value()
		}
		w.close()
	case '{':
		if !w.attachment() {
			w.object()
		}
	case 't':
		w.dst = append(w.dst, mpTrue)
		w.i += len("true")
	case 'f':
		w.dst = append(w.dst, mpFalse)
		w.i += len("false")
	case 'n':
		w.dst = append(w.dst, mpNil)
		w.i += len("null")
	default:
		w.number()
	}
}

// open enters an array or object and returns its count.
func (w *mpWriter) open() int {
	n := w.counts[0]
	w.counts = w.counts[1:]
	w.i++
	return n
}

func (w *mpWriter) close() {
	w.next()
	w.i++
}

func (w *mpWriter) object() {
	n := w.open()
	w.dst = appendMpCount(w.dst, mpMap, mpMap16, n)
	for range n {
		w.next()
		w.str()
		w.value()
	}
	w.close()
}

// attachment writes the attachment that a placeholder stands for, if one
// begins here.
func (w *mpWriter) attachment() bool {
	if len(w.marks) == 0 || w.marks[0].start != w.i {
		return false
	}
	ph := w.marks[0]
	w.marks = w.marks[1:]
	w.counts = w.counts[1:] // there is nothing nested in it
	w.i = ph.end
	b := w.binary[ph.num]
	w.dst = append(appendMpSize(w.dst, mpBin8, len(b)), b...)
	return true
}

func (w *mpWriter) str() {
	end := endOfString(w.raw, w.i)
	s, _ := unquote(w.raw[w.i+1 : end-1])
	w.dst = appendMpString(w.dst, s)
	w.i = end
}

func (w *mpWriter) number() {
	start, integer := w.i, true
	for ; w.i < len(w.raw); w.i++ {
		c := w.raw[w.i]
		if c == '.' || c == 'e' || c == 'E' {
			integer = false
		} else if !isDigit(c) && c != '-' && c != '+' {
			break
		}
	}
	text := string(w.raw[start:w.i])
	if integer && text != "-0" {
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			w.dst = appendMpUint(w.dst, n)
			return
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			w.dst = appendMpInt(w.dst, n)
			return
		}
	}
	f, _ := strconv.ParseFloat(text, 64) // infinite if it is too large, as in JavaScript
	w.dst = appendMpFloat(w.dst, f)
}
