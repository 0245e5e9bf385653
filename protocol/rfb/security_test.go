package rfb_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/big"
	"math/bits"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// secured is a peer that has chosen a security type in version 3.8.
func secured(t *testing.T, offered byte, allowed ...rfb.SecurityType) *peer {
	t.Helper()
	p := newPeer(t, rfb.ClientConfig{Security: allowed})
	p.feed([]byte("RFB 003.008\n"), []byte{1, offered})
	if p.err != nil {
		t.Fatal(p.err)
	}
	p.sent([]byte("RFB 003.008\n"), []byte{offered})
	return p
}

// login answers the only event, which must ask for credentials.
func (p *peer) login(events []rfb.Event, kind rfb.SecurityType, name bool, credentials rfb.Credentials) {
	p.t.Helper()
	if p.err != nil || len(events) != 1 || events[0].Kind != rfb.EventCredentials || events[0].Security != kind || events[0].NeedUsername != name {
		p.t.Fatalf("events %+v, %v", events, p.err)
	}
	if out := p.output(); len(out) > 0 {
		p.t.Fatalf("sent %q before it had a password", out)
	}
	if err := p.client.Login(credentials); err != nil {
		p.t.Fatal(err)
	}
}

// finish is the end of a handshake that went well.
func (p *peer) finish() {
	p.t.Helper()
	p.want(nothing, ok)
	p.sent([]byte{1})
	p.want(ready, initMsg)
	p.sent(setup())
}

var alice = rfb.Credentials{Username: "alice", Password: "wonder land"}

func TestVNCResponse(t *testing.T) {
	// FIPS 81's example of DES: key 0123456789abcdef, "Now is the time ".
	key, _ := hex.DecodeString("0123456789abcdef")
	for i := range key {
		key[i] = bits.Reverse8(key[i])
	}
	var challenge [16]byte
	copy(challenge[:], "Now is the time ")
	want, _ := hex.DecodeString("3fa40e8a984d48156a271787ab8883f9")
	if got := rfb.AppendVNCResponse(nil, challenge, string(key)+"what is too much"); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func capability(code uint32, text string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, code), text...)
}

func TestTightSecurity(t *testing.T) {
	count := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	tail := append([]byte{0, 1, 0, 0, 0, 2, 0, 0}, bytes.Repeat([]byte("sixteen bytes ok"), 3)...)
	tests := []struct {
		name    string
		tunnels []byte
		declined,
		types []byte
		chosen []byte
		vnc    bool
	}{
		{"no list at all is None", count(0), nil, count(0), nil, false},
		{"None", count(0), nil, append(count(1), capability(1, "STDVNOAUTH__")...), []byte{0, 0, 0, 1}, false},
		{"VNC behind a tunnel that is not used", append(count(1), capability(0, "TGHTNOTUNNEL")...), []byte{0, 0, 0, 0},
			append(count(2), append(capability(129, "TGHTULGNAUTH"), capability(2, "STDVVNCAUTH_")...)...), []byte{0, 0, 0, 2}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := secured(t, 16, rfb.SecurityTight, rfb.SecurityVNC, rfb.SecurityNone)
			p.step = 1
			p.want(nothing, tt.tunnels)
			p.sent(tt.declined)
			p.want(nothing, tt.types)
			p.sent(tt.chosen)
			if tt.vnc {
				p.login(p.feed(make([]byte, 16)), rfb.SecurityVNC, false, alice)
				p.sent(rfb.AppendVNCResponse(nil, [16]byte{}, alice.Password))
			}
			p.want(nothing, ok)
			p.sent([]byte{1})
			p.want(nothing, initMsg)
			p.want(append(ready, rfb.EventBell), tail, rfb.AppendBell(nil))
		})
	}
	t.Run("its types must be allowed", func(t *testing.T) {
		p := secured(t, 16, rfb.SecurityTight)
		p.feed(count(0), append(count(1), capability(2, "STDVVNCAUTH_")...))
		var types *rfb.SecurityTypesError
		if !errors.As(p.err, &types) {
			t.Errorf("got %v", p.err)
		}
	})
}

func veNCryptTypes(types ...rfb.SecurityType) []byte {
	wire := []byte{0, byte(len(types))}
	for _, t := range types {
		wire = binary.BigEndian.AppendUint32(wire, uint32(t))
	}
	return wire
}

func TestVeNCrypt(t *testing.T) {
	plain := append([]byte{0, 0, 0, 5, 0, 0, 0, 11}, "alicewonder land"...)
	all := veNCryptTypes(rfb.VeNCryptTLSVnc, rfb.VeNCryptPlain, rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain)
	for _, kind := range []rfb.SecurityType{rfb.VeNCryptPlain, rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain} {
		t.Run(kind.String(), func(t *testing.T) {
			p := secured(t, 19, kind)
			p.want(nothing, []byte{0, 2})
			p.sent([]byte{0, 2})
			events := p.feed(all)
			if kind == rfb.VeNCryptPlain {
				p.sent([]byte{0, 0, 1, 0})
				p.login(events, kind, true, alice)
				p.sent(plain)
				p.finish()
				return
			}
			p.sent([]byte{0, 0, 1, byte(kind)})
			events = p.want([]rfb.EventKind{rfb.EventTLS}, []byte{1})
			if events[0].Security != kind {
				t.Errorf("%+v", events[0])
			}
			if err := p.client.TLSDone(); err != nil {
				t.Fatal(err)
			}
			switch kind {
			case rfb.VeNCryptX509Vnc:
				p.login(p.feed(make([]byte, 16)), rfb.SecurityVNC, false, alice)
				p.sent(rfb.AppendVNCResponse(nil, [16]byte{}, alice.Password))
			case rfb.VeNCryptX509Plain:
				p.login(p.feed(), kind, true, alice)
				p.sent(plain)
			}
			p.finish()
		})
	}
}

func TestAnonymousTLSIsExplained(t *testing.T) {
	p := secured(t, 19, rfb.AllTypes()...)
	p.feed([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptTLSNone, rfb.VeNCryptTLSVnc, rfb.VeNCryptTLSPlain))
	if !errors.Is(p.err, rfb.ErrAnonymousTLS) || !strings.Contains(p.err.Error(), "certificate") {
		t.Errorf("got %v", p.err)
	}
}

func TestVeNCryptThatFails(t *testing.T) {
	var refused *rfb.RefusedError
	var types *rfb.SecurityTypesError
	tests := []struct {
		name string
		wire []byte
		want any
	}{
		{"version 0.1", []byte{0, 1}, rfb.ErrVersion},
		{"version refused", []byte{0, 2, 255}, &refused},
		{"no types", []byte{0, 2, 0, 0}, &types},
		{"types that are not allowed", append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptPlain, rfb.VeNCryptTLSVnc)...), &types},
		{"TLS refused", append(append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509Vnc)...), 0), &refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := secured(t, 19, rfb.VeNCryptX509Vnc)
			p.feed(tt.wire)
			if want, isErr := tt.want.(error); isErr && !errors.Is(p.err, want) || !isErr && !errors.As(p.err, tt.want) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestBytesInFrontOfTLSAreRefused(t *testing.T) {
	p := secured(t, 19, rfb.VeNCryptX509Vnc)
	p.feed([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509Vnc), []byte{1}, make([]byte, 16))
	if p.err != nil {
		t.Fatal(p.err)
	}
	if err := p.client.TLSDone(); !errors.Is(err, rfb.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

// dhServer is the server's half of a key exchange.
type dhServer struct{ generator, prime, secret *big.Int }

func newDHServer(t *testing.T, bits int) dhServer {
	prime, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := rand.Int(rand.Reader, prime)
	if err != nil {
		t.Fatal(err)
	}
	return dhServer{big.NewInt(5), prime, secret.Add(secret, big.NewInt(3))}
}

func (d dhServer) public(size int) []byte {
	return new(big.Int).Exp(d.generator, d.secret, d.prime).FillBytes(make([]byte, size))
}

func (d dhServer) shared(theirs []byte) []byte {
	n := new(big.Int).SetBytes(theirs)
	return n.Exp(n, d.secret, d.prime).FillBytes(make([]byte, len(theirs)))
}

// checkPadded fails unless p begins with the text and a zero.
func checkPadded(t *testing.T, p []byte, want string) {
	t.Helper()
	if got, _, found := bytes.Cut(p, []byte{0}); !found || string(got) != want {
		t.Errorf("the server read %q, want %q", got, want)
	}
}

func TestAppleDH(t *testing.T) {
	d := newDHServer(t, 1024)
	p := secured(t, 30, rfb.SecurityAppleDH)
	p.step = 5
	wire := append([]byte{0, 5, 0, 128}, d.prime.FillBytes(make([]byte, 128))...)
	p.login(p.feed(wire, d.public(128)), rfb.SecurityAppleDH, true, alice)
	out := p.output()
	if len(out) != 256 {
		t.Fatalf("%d bytes", len(out))
	}
	key := md5.Sum(d.shared(out[128:]))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < 128; at += 16 {
		block.Decrypt(out[at:], out[at:])
	}
	checkPadded(t, out[:64], alice.Username)
	checkPadded(t, out[64:128], alice.Password)
	p.finish()
}

func TestMSLogonII(t *testing.T) {
	d := newDHServer(t, 63)
	p := secured(t, 113, rfb.SecurityMSLogonII)
	wire := append(d.generator.FillBytes(make([]byte, 8)), d.prime.FillBytes(make([]byte, 8))...)
	p.login(p.feed(wire, d.public(8)), rfb.SecurityMSLogonII, true, alice)
	out := p.output()
	if len(out) != 8+256+64 {
		t.Fatalf("%d bytes", len(out))
	}
	shared := d.shared(out[:8])
	key := make([]byte, 8)
	for i, b := range shared {
		key[i] = bits.Reverse8(b)
	}
	block, err := des.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(block, shared).CryptBlocks(out[8:264], out[8:264])
	cipher.NewCBCDecrypter(block, shared).CryptBlocks(out[264:], out[264:])
	checkPadded(t, out[8:264], alice.Username)
	checkPadded(t, out[264:], alice.Password)
	p.finish()
}

func TestKeysOfTheServerThatAnybodyKnows(t *testing.T) {
	eight := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	const prime = 0xffffffffffffffc5
	tests := map[string][3]uint64{
		"prime 0":        {5, 0, 3},
		"prime 1":        {5, 1, 3},
		"even":           {5, 1 << 40, 3},
		"public 0":       {5, prime, 0},
		"public 1":       {5, prime, 1},
		"public -1":      {5, prime, prime - 1},
		"public prime":   {5, prime, prime},
		"generator 0":    {0, prime, 3},
		"generator 1":    {1, prime, 3},
		"generator -1":   {prime - 1, prime, 3},
		"all of nothing": {0, 0, 0},
	}
	for name, n := range tests {
		t.Run(name, func(t *testing.T) {
			p := secured(t, 113, rfb.SecurityMSLogonII)
			p.feed(eight(n[0]), eight(n[1]), eight(n[2]))
			if !errors.Is(p.err, rfb.ErrServerKey) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestCredentialsThatDoNotFitAreAskedForAgain(t *testing.T) {
	d := newDHServer(t, 63)
	p := secured(t, 113, rfb.SecurityMSLogonII)
	wire := append(d.generator.FillBytes(make([]byte, 8)), d.prime.FillBytes(make([]byte, 8))...)
	p.want([]rfb.EventKind{rfb.EventCredentials}, wire, d.public(8))
	long := "secret" + strings.Repeat("x", 60)
	err := p.client.Login(rfb.Credentials{Password: long})
	if !errors.Is(err, rfb.ErrCredentials) || strings.Contains(err.Error(), "secret") || len(p.output()) > 0 {
		t.Errorf("got %v", err)
	}
	if err := p.client.Login(alice); err != nil || len(p.output()) != 328 {
		t.Errorf("second try: %v", err)
	}
}

// ra2Server plays the server of RA2.
type ra2Server struct {
	size    int // of random numbers
	in, out rfb.Sealed
}

func ra2Key(key *rsa.PublicKey) []byte {
	size := key.Size()
	wire := binary.BigEndian.AppendUint32(nil, uint32(key.N.BitLen()))
	wire = append(wire, key.N.FillBytes(make([]byte, size))...)
	return append(wire, big.NewInt(int64(key.E)).FillBytes(make([]byte, size))...)
}

func ra2Hash(size int, parts ...[]byte) []byte {
	if size == 16 {
		sum := sha1.Sum(bytes.Join(parts, nil))
		return sum[:]
	}
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

var serverKey = func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
}()

func TestRA2(t *testing.T) {
	for _, tt := range []struct {
		kind  rfb.SecurityType
		named bool
	}{{rfb.SecurityRA2, true}, {rfb.SecurityRA2ne, false}, {rfb.SecurityRA2_256, false}, {rfb.SecurityRA2ne_256, true}} {
		kind, named := tt.kind, tt.named
		t.Run(kind.String(), func(t *testing.T) {
			p := secured(t, byte(kind), kind)
			s := ra2Server{size: 16}
			if kind > 100 {
				s.size = 32
			}
			s.exchange(p, kind)
			sub := byte(2)
			if named {
				sub = 1
			}
			p.login(p.feed(s.out.Seal([]byte{sub})), kind, named, alice)
			want := append([]byte("\x05alice\x0b"), alice.Password...)
			if !named {
				want = append([]byte("\x00\x0b"), alice.Password...)
			}
			if got := s.in.Open(t, p.output()); !bytes.Equal(got, want) {
				t.Fatalf("credentials %q, want %q", got, want)
			}
			if kind == rfb.SecurityRA2ne || kind == rfb.SecurityRA2ne_256 {
				p.finish()
				return
			}
			p.step = 3
			p.want(nothing, s.out.Seal(ok))
			if got := s.in.Open(t, p.output()); !bytes.Equal(got, []byte{1}) {
				t.Fatalf("ClientInit %q", got)
			}
			p.want(append(ready, rfb.EventBell), s.out.Seal(initMsg[:9]), s.out.Seal(append(initMsg[9:len(initMsg):len(initMsg)], 2)))
			if got := s.in.Open(t, p.output()); !bytes.Equal(got, setup()) {
				t.Fatalf("setup %q", got)
			}
			// A picture that takes many messages.
			fb := scene(8, 6, 1)
			p.want(updated, s.out.Seal(update(fb.Bounds(), rfb.EncodingRaw, fb.Pix)))
			p.sameAs(fb)
		})
	}
}

// exchange does the handshake up to the server's hash, and checks the client's.
func (s *ra2Server) exchange(p *peer, kind rfb.SecurityType) {
	t := p.t
	t.Helper()
	mine := ra2Key(&serverKey.PublicKey)
	events := p.want([]rfb.EventKind{rfb.EventServerKey}, mine)
	if !events[0].ServerKey.Equal(&serverKey.PublicKey) || events[0].Security != kind {
		t.Fatalf("%+v", events[0])
	}
	if len(p.output()) > 0 {
		t.Fatal("the client sent something before the key was accepted")
	}
	if err := p.client.AcceptServerKey(); err != nil {
		t.Fatal(err)
	}
	out := p.output()
	size := (int(binary.BigEndian.Uint32(out)) + 7) / 8
	theirs := out[:4+2*size]
	client := &rsa.PublicKey{N: new(big.Int).SetBytes(theirs[4 : 4+size]), E: int(new(big.Int).SetBytes(theirs[4+size:]).Int64())}
	sealed := out[len(theirs)+2:]
	if int(binary.BigEndian.Uint16(out[len(theirs):])) != len(sealed) {
		t.Fatal("length of the random number")
	}
	//lint:ignore SA1019 the protocol asks for it
	random, err := rsa.DecryptPKCS1v15(nil, serverKey, sealed)
	if err != nil || len(random) != s.size {
		t.Fatalf("%d random bytes, %v", len(random), err)
	}
	own := bytes.Repeat([]byte{7}, s.size)
	//lint:ignore SA1019 the protocol asks for it
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, client, own)
	if err != nil {
		t.Fatal(err)
	}
	s.in = rfb.NewSealed(ra2Hash(s.size, own, random)[:s.size])
	s.out = rfb.NewSealed(ra2Hash(s.size, random, own)[:s.size])
	// The hash follows at once: the same read has both, encrypted and not.
	p.want(nothing, binary.BigEndian.AppendUint16(nil, uint16(len(encrypted))), encrypted,
		s.out.Seal(ra2Hash(s.size, mine, theirs)))
	if got, want := s.in.Open(t, p.output()), ra2Hash(s.size, theirs, mine); !bytes.Equal(got, want) {
		t.Fatalf("hash %x, want %x", got, want)
	}
}

func TestRA2RefusesBadKeys(t *testing.T) {
	good := ra2Key(&serverKey.PublicKey)
	spoil := func(change func(p []byte)) []byte {
		p := bytes.Clone(good)
		change(p)
		return p
	}
	tests := map[string][]byte{
		"short":         {0, 0, 1, 0},
		"long":          {0, 0, 0x20, 1},
		"of 4 Gbit":     {0xff, 0xff, 0xff, 0xff},
		"even modulus":  spoil(func(p []byte) { p[4+127] &^= 1 }),
		"a bit less":    spoil(func(p []byte) { p[4] = 0 }),
		"exponent 0":    spoil(func(p []byte) { clear(p[4+128:]) }),
		"exponent 1":    spoil(func(p []byte) { clear(p[4+128:]); p[4+255] = 1 }),
		"even exponent": spoil(func(p []byte) { p[4+255] = 2 }),
		"huge exponent": spoil(func(p []byte) { p[4+128] = 9 }),
	}
	for name, wire := range tests {
		t.Run(name, func(t *testing.T) {
			p := secured(t, 5, rfb.SecurityRA2)
			p.feed(wire)
			if !errors.Is(p.err, rfb.ErrServerKey) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestRA2RefusesWhatWasChanged(t *testing.T) {
	start := func(t *testing.T) (*peer, *ra2Server) {
		p, s := secured(t, 129, rfb.SecurityRA2_256), &ra2Server{size: 32}
		s.exchange(p, rfb.SecurityRA2_256)
		return p, s
	}
	p, s := start(t)
	wire := s.out.Seal([]byte{1})
	wire[2] ^= 1
	if p.feed(wire); !errors.Is(p.err, rfb.ErrMalformed) {
		t.Errorf("a byte changed: %v", p.err)
	}
	p, s = start(t)
	twice := s.out.Seal([]byte{1})
	p.feed(twice)
	if p.feed(twice); !errors.Is(p.err, rfb.ErrMalformed) {
		t.Errorf("a message sent twice: %v", p.err)
	}
}

func TestEAX(t *testing.T) {
	// Vectors of the paper (Bellare, Rogaway, Wagner 2004, appendix G): key,
	// nonce, header, message, and cipher text with its tag.
	for _, v := range [][5]string{
		{"233952DEE4D5ED5F9B9C6D6FF80FF478", "62EC67F9C3A4A407FCB2A8C49031A8B3", "6BFB914FD07EAE6B", "", "E037830E8389F27B025A2D6527E79D01"},
		{"91945D3F4DCBEE0BF45EF52255F095A4", "BECAF043B0A23D843194BA972C66DEBD", "FA3BFD4806EB53FA", "F7FB", "19DD5C4C9331049D0BDAB0277408F67967E5"},
		{"8395FCF1E95BEBD697BD010BC766AAC3", "22E7ADD93CFC6393C57EC0B3C17D6B44", "126735FCC320D25A", "CA40D7446E545FFAED3BD12A740A659FFBBB3CEAB7", "CB8920F87A6C75CFF39627B56E3ED197C552D295A7CFC46AFC253B4652B1AF3795B124AB6E"},
	} {
		var b [5][]byte
		for i, s := range v {
			var err error
			if b[i], err = hex.DecodeString(s); err != nil {
				t.Fatal(err)
			}
		}
		got := rfb.SealEAX(b[0], b[1], b[2], b[3])
		if !bytes.Equal(got, b[4]) {
			t.Errorf("got %X, want %X", got, b[4])
		}
	}
}

func TestFingerprintIsWhatViewersShow(t *testing.T) {
	sum := sha1.Sum(ra2Key(&serverKey.PublicKey))
	want := hex.EncodeToString(sum[:8])
	got := rfb.Fingerprint(&serverKey.PublicKey)
	if strings.ReplaceAll(got, "-", "") != want || len(got) != 23 {
		t.Errorf("got %s, want the digits %s", got, want)
	}
}
