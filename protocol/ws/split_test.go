package ws_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// randomStream returns frames of a client, mostly proper ones, and what a
// decoder without limits must see of them if all are proper.
func randomStream(rng *rand.Rand, z *ws.Deflater) (stream []byte, want []seen) {
	word := func() string {
		return strings.Repeat([]string{"a", "é", "€", "😀", "0123456789"}[rng.IntN(5)], rng.IntN(60)*rng.IntN(3))
	}
	for range 1 + rng.IntN(6) {
		first, kind := byte(0x01), ws.Text
		if rng.IntN(2) == 0 {
			first, kind = 0x02, ws.Binary
		}
		s := word()
		want = append(want, seen{Type: kind, Data: s})
		payload := s
		if z != nil && rng.IntN(2) == 0 {
			b, _ := z.AppendCompressed(nil, []byte(s))
			payload, first = string(b), first|0x40
			want[len(want)-1].Compressed = true
		}
		message := want[len(want)-1]
		want = want[:len(want)-1]
		for rng.IntN(2) == 0 {
			cut := rng.IntN(len(payload) + 1)
			stream = append(stream, client(first, payload[:cut])...)
			payload, first = payload[cut:], 0
			if rng.IntN(2) == 0 {
				stream = append(stream, client(0x89, "ping"+fmt.Sprint(cut))...)
				want = append(want, seen{Type: ws.Ping, Data: "ping" + fmt.Sprint(cut)})
			}
		}
		stream = append(stream, client(first|0x80, payload)...)
		want = append(want, message)
	}
	return stream, want
}

func TestDecodeEverySplitGivesTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 300 {
		params := &ws.Deflate{ClientNoContextTakeover: round%2 == 0}
		z := ws.NewDeflater(params, ws.Client)
		stream, want := randomStream(rng, z)
		bad := rng.IntN(4) == 0
		if bad { // spoil one byte; the outcome then only has to be stable
			stream[rng.IntN(len(stream))] ^= 1 << rng.IntN(8)
		}
		options := ws.DecoderOptions{Deflate: params}
		once, errOnce := feed(ws.NewDecoder(options), stream, allAtOnce)
		if !bad && (errOnce != nil || !slices.Equal(once, want)) {
			t.Fatalf("round %d: got %d events, want %d, error %v", round, len(once), len(want), errOnce)
		}
		for _, size := range []func(int) int{byteByByte, func(int) int { return 1 + rng.IntN(40) }} {
			got, err := feed(ws.NewDecoder(options), stream, size)
			if !slices.Equal(got, once) || fmt.Sprint(err) != fmt.Sprint(errOnce) {
				t.Fatalf("round %d: %d events and %v, at once %d and %v", round, len(got), err, len(once), errOnce)
			}
		}
	}
}

// randomHixieStream returns frames of a hixie client, proper ones, and what a
// decoder without limits must see of them.
func randomHixieStream(rng *rand.Rand) (stream []byte, want []seen) {
	for range 1 + rng.IntN(8) {
		junk := strings.Repeat("\x00\x80junk", rng.IntN(40))
		switch rng.IntN(5) {
		case 0:
			stream = append(stream, byte(1+rng.IntN(0x7F)))
			stream = append(append(stream, junk...), 0xFF)
		case 1:
			n := len(junk)
			stream = append(stream, byte(0x80+rng.IntN(0x7F)), 0x80, byte(0x80|n>>7), byte(n&0x7F))
			stream = append(stream, junk...)
		default:
			s := strings.Repeat([]string{"a", "é", "€", "😀", "\x00"}[rng.IntN(5)], rng.IntN(60)*rng.IntN(3))
			stream = append(append(append(stream, 0x00), s...), 0xFF)
			want = append(want, text(s))
		}
	}
	if rng.IntN(3) == 0 {
		stream = append(stream, "\xff\x00\x00ignored\xff"...)
		want = append(want, seen{Type: ws.Close, Code: ws.CodeNoStatus})
	}
	return stream, want
}

// converse reads what follows a request, in pieces, as a server does: the
// nonce, if there is one, then frames.
func converse(q *ws.Request, stream []byte, size func(int) int) (digest string, events []seen, err error) {
	d := ws.NewDecoder(ws.DecoderOptions{Dialect: q.Dialect})
	var nonce [8]byte
	missing := nonce[:q.NonceLen()]
	for at := 0; at < len(stream); {
		n := min(max(size(at), 1), len(stream)-at)
		piece := bytes.Clone(stream[at : at+n])
		at += n
		if len(missing) > 0 {
			k := copy(missing, piece)
			missing, piece = missing[k:], piece[k:]
			if len(missing) > 0 {
				continue
			}
			b, err := q.AppendDigest(nil, nonce)
			if err != nil {
				return "", nil, err
			}
			digest = string(b)
		}
		more, err := feed(d, piece, allAtOnce)
		if events = append(events, more...); err != nil {
			return digest, events, err
		}
	}
	return digest, events, nil
}

// Wherever the bytes behind a request are cut, the nonce is answered by the
// same digest and the frames give the same events.
func TestEverySplitGivesTheSameInEveryDialect(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, d := range allDialects {
		q := mustParse(t, requests[d])
		for round := range 200 {
			var stream []byte
			var want []seen
			nonce, wantDigest := "", ""
			if d == ws.Hixie75 || d == ws.Hixie76 {
				stream, want = randomHixieStream(rng)
			} else {
				stream, want = randomStream(rng, nil)
			}
			if d == ws.Hixie76 {
				nonce, wantDigest = sampleNonce, sampleDigest
			}
			stream = append([]byte(nonce), stream...)
			bad := rng.IntN(4) == 0
			if bad { // spoil one byte behind the nonce; the outcome then only has to be stable
				stream[len(nonce)+rng.IntN(len(stream)-len(nonce))] ^= 1 << rng.IntN(8)
			}
			digest, once, errOnce := converse(q, stream, allAtOnce)
			if digest != wantDigest || !bad && (errOnce != nil || !slices.Equal(once, want)) {
				t.Fatalf("%v, round %d: digest %q, got %+v, want %+v, error %v", d, round, digest, once, want, errOnce)
			}
			for _, size := range []func(int) int{byteByByte, func(int) int { return 7 }, func(int) int { return 1 + rng.IntN(40) }} {
				digest, got, err := converse(q, stream, size)
				if digest != wantDigest || !slices.Equal(got, once) || fmt.Sprint(err) != fmt.Sprint(errOnce) {
					t.Fatalf("%v, round %d: %d events and %v, at once %d and %v", d, round, len(got), err, len(once), errOnce)
				}
			}
		}
	}
}

func TestMaskAnySizeAndPlace(t *testing.T) {
	key := []byte{0x12, 0x34, 0x56, 0x78}
	for size := range 80 {
		for cut := range size + 1 {
			b := make([]byte, size)
			k := ws.Mask(b[:cut], 0x78563412)
			ws.Mask(b[cut:], k)
			for i := range b {
				if b[i] != key[i%4] {
					t.Fatalf("size %d cut at %d: byte %d is %#x", size, cut, i, b[i])
				}
			}
		}
	}
}
