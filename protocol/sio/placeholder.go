package sio

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
)

// placeholder is what an object's members say about it while it is scanned:
// {"_placeholder":true,"num":0}, in any order and with any white space.
//
// As in the reference, it is the value true of _placeholder that makes an
// object one, and of two members with the same key the last one counts. Unlike
// there, an object that is one must have these two members and no other:
// nothing else is ever sent in good faith.
type placeholder struct {
	start, end int // the object's place in the text
	marked     bool
	members    int
	num        int // -1 if num is no integer from 0 to 2^31-1
	hasNum     bool
}

// note takes in one member.
func (ph *placeholder) note(key, value []byte) {
	ph.members++
	switch {
	case keyIs(key, "_placeholder"):
		ph.marked = string(value) == "true"
	case keyIs(key, "num"):
		ph.num, ph.hasNum = parseNum(value), true
	}
}

func (ph *placeholder) valid() bool { return ph.hasNum && ph.num >= 0 && ph.members == 2 }

// parseNum returns the value of a non-negative integer in the form in which
// JSON.stringify writes it, and -1 for all else.
func parseNum(value []byte) int {
	if len(value) > 1 && value[0] == '0' || len(value) > 10 {
		return -1
	}
	n := int64(0)
	for _, c := range value {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	if n > 1<<31-1 {
		return -1
	}
	return int(n)
}

// keyIs reports whether key, a JSON string, says want, which is ASCII.
func keyIs(key []byte, want string) bool {
	key = key[1 : len(key)-1]
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key) == want
	}
	if len(key) > 6*len(want) { // \u0000 is the longest form of a letter
		return false
	}
	name, err := unquote(key)
	return err == nil && string(name) == want
}

// scanPlaceholders calls found for each placeholder in raw, from left to right.
// It also checks raw as a whole.
func scanPlaceholders(raw []byte, found func(placeholder) error) error {
	s := scanner{data: raw, depth: MaxDepth, found: found}
	return s.whole()
}

// CheckPlaceholders checks that raw is JSON and that each placeholder in it
// names one of n attachments that no other placeholder names. An attachment
// need not be named. A Decoder has done this for packets that came in; a sender
// does well to do it for JSON that others had a hand in.
//
// It returns ErrPlaceholder, ErrJSON or ErrDepth (above MaxDepth).
func CheckPlaceholders(raw []byte, n int) error {
	return scanPlaceholders(raw, newClaims(n).claim)
}

// claims notes which attachments placeholders have named. That each is named
// once at most keeps InlineBinary from multiplying a large attachment.
type claims struct {
	n    int
	set  uint64       // the first 64
	more map[int]bool // the others, as far as they are named
}

func newClaims(n int) *claims { return &claims{n: n} }

func (c *claims) claim(ph placeholder) error {
	num := ph.num
	if num >= c.n {
		return fmt.Errorf("%w: number %d of %d attachments", ErrPlaceholder, num, c.n)
	}
	if c.taken(num) {
		return fmt.Errorf("%w: number %d twice", ErrPlaceholder, num)
	}
	return nil
}

// taken notes num and reports whether it had been noted before.
func (c *claims) taken(num int) bool {
	if num < 64 {
		before := c.set
		c.set |= 1 << num
		return before == c.set
	}
	if c.more == nil {
		c.more = make(map[int]bool)
	}
	before := c.more[num]
	c.more[num] = true
	return before
}

// IsPlaceholder reports whether raw as a whole is a placeholder, and its
// number. It does not know how many attachments there are: the number is that
// of one only if a Decoder has accepted the packet.
func IsPlaceholder(raw []byte) (num int, ok bool) {
	if len(raw) == 0 || raw[0] != '{' && raw[0] > ' ' {
		return 0, false
	}
	s := scanner{data: raw, depth: 1} // a placeholder has nothing nested in it
	s.found = func(ph placeholder) error {
		num, ok = ph.num, true
		return nil
	}
	if s.whole() != nil {
		return 0, false
	}
	return num, ok
}

// InlineBinary appends raw to dst, with a JSON string in place of each
// placeholder: the attachment in base64 (RFC 4648 section 4), as encoding/json
// wants it for a []byte. The result is at most as long as raw and the base64
// of all attachments.
//
// It returns dst as it was and an error under the same conditions as
// CheckPlaceholders.
func InlineBinary(dst, raw []byte, attachments [][]byte) ([]byte, error) {
	start, done := len(dst), 0
	claims := newClaims(len(attachments))
	err := scanPlaceholders(raw, func(ph placeholder) error {
		if err := claims.claim(ph); err != nil {
			return err
		}
		dst = append(dst, raw[done:ph.start]...)
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, attachments[ph.num])
		dst = append(dst, '"')
		done = ph.end
		return nil
	})
	if err != nil {
		return dst[:start], err
	}
	return append(dst, raw[done:]...), nil
}

// Renumber returns raw with add added to the number of each placeholder. With
// it lists of arguments that have been numbered from 0 each can be joined. If
// nothing changes the result is raw itself, else a new slice.
//
// It returns ErrJSON, ErrDepth (above MaxDepth), or ErrPlaceholder also
// if a number would become negative or exceed 2^31-1.
func Renumber(raw []byte, add int) ([]byte, error) {
	var out []byte
	done := 0
	err := scanPlaceholders(raw, func(ph placeholder) error {
		num := int64(ph.num) + int64(add)
		if num < 0 || num > 1<<31-1 {
			return fmt.Errorf("%w: number %d", ErrPlaceholder, num)
		}
		if add == 0 {
			return nil
		}
		out = append(out, raw[done:ph.start]...)
		out = AppendPlaceholder(out, int(num))
		done = ph.end
		return nil
	})
	if err != nil {
		return nil, err
	}
	if done == 0 {
		return raw, nil
	}
	return append(out, raw[done:]...), nil
}

// AppendPlaceholder appends the placeholder of attachment num, which must not
// be negative.
func AppendPlaceholder(dst []byte, num int) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	dst = strconv.AppendInt(dst, int64(num), 10)
	return append(dst, '}')
}
