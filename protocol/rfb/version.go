package rfb

import "fmt"

// A Version is what both sides greet each other with: twelve bytes, of which
// seven are digits (RFC 6143 section 7.1.1).
type Version struct{ Major, Minor int }

// The versions that differ on the wire. Version3889 is what Apple's Remote
// Desktop calls itself; it speaks as Version38 does.
var (
	Version33   = Version{3, 3}
	Version37   = Version{3, 7}
	Version38   = Version{3, 8}
	Version3889 = Version{3, 889}
)

// VersionLength is the length of a greeting in bytes.
const VersionLength = 12

// String returns the version as people write it, "3.8".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// AppendVersion appends the greeting of a version: "RFB 003.008\n".
func AppendVersion(dst []byte, v Version) []byte {
	return fmt.Appendf(dst, "RFB %03d.%03d\n", v.Major, v.Minor)
}

// ParseVersion reads a greeting, which must be VersionLength bytes long. It
// returns ErrVersion for anything but the exact form, and takes any numbers.
func ParseVersion(p []byte) (Version, error) {
	if len(p) != VersionLength || string(p[:4]) != "RFB " || p[7] != '.' || p[11] != '\n' {
		return Version{}, ErrVersion
	}
	major, ok1 := threeDigits(p[4:7])
	minor, ok2 := threeDigits(p[8:11])
	if !ok1 || !ok2 {
		return Version{}, ErrVersion
	}
	return Version{major, minor}, nil
}

func threeDigits(p []byte) (n int, ok bool) {
	for _, c := range p {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
