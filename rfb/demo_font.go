package rfb

import (
	"strings"
	"sync"
)

// A glyph is a character made of strokes. Coordinates count from the upper left
// corner of a box that is 8 high from the top of a capital to the base line.
type glyph struct {
	width   float64
	strokes [][]point
}

type point struct{ x, y float64 }

// strokeFont has a line for each character: the character, the width, and
// strokes. A point is two hexadecimal digits, x and y; what is below the base
// line, at 8, is a descender. A stroke that begins with a tilde is round.
const strokeFont = `
A 6 08 30 68|15 55
B 6 00 08|~00 40 50 53 54 40|04 00|04 34|~34 54 66 58 48|48 08|00 30
C 6 ~61 50 20 00 03 05 08 28 58 67
D 6 00 08 28|~28 68 66 62 60 20|20 00
E 5 50 00 08 58|04 44
F 5 50 00 08|04 44
G 6 ~61 50 20 00 03 05 08 28 58 67|67 64 44
H 6 00 08|60 68|04 64
I 2 10 18
J 5 ~50 56 58 28 08 06|50 54
K 6 00 08|60 04|24 68
L 5 00 08 58
M 8 08 00 45 80 88
N 6 08 00 68 60
O 6 ~30 00 03 05 08 38 68 65 63 60 30
P 6 08 00 30|~30 60 62 65 34|34 04
Q 6 ~30 00 03 05 08 38 68 65 63 60 30|46 69
R 6 08 00 30|~30 60 62 64 34|34 04|34 68
S 6 ~61 50 20 00 02 04 34 64 66 68 38 08 07
T 6 00 60|30 38
U 6 00 05|~05 08 38 68 65|65 60
V 6 00 38 60
W 8 00 28 42 68 80
X 6 00 68|60 08
Y 6 00 34 60|34 38
Z 6 00 60 08 68
a 5 ~04 03 33 53 55|55 58|~55 25 05 06 08 28 58 56
b 5 00 08|~05 03 23 53 55 56 58 28 08 06
c 5 ~54 53 33 03 05 06 08 38 58 57
d 5 50 58|~55 53 33 03 05 06 08 38 58 56
e 5 06 56|~56 53 33 23 03 05 06 08 38 58
f 4 ~40 30 10 12 13|13 18|03 33
g 5 53 58|~58 5a 3a 0a|~55 53 33 03 05 06 08 38 58 56
h 5 00 08|~05 03 23 53 55|55 58
i 2 13 18|10 11
j 2 13 18|~18 1a 0a|10 11
k 5 00 08|53 06|15 58
l 2 10 17|~17 18 28
m 8 03 08|~05 03 13 43 45|45 48|~45 43 53 83 85|85 88
n 5 03 08|~05 03 23 53 55|55 58
o 5 ~33 03 05 06 08 28 58 56 55 53 33
p 5 03 0a|~05 03 23 53 55 56 58 28 08 06
q 5 53 5a|~55 53 33 03 05 06 08 38 58 56
r 4 03 08|~05 03 33 43
s 5 ~54 53 33 03 04 25 56 58 38 08 07
t 4 11 17|~17 18 38|03 33
u 5 03 06|~06 08 38 58 55|53 58
v 5 03 28 53
w 7 03 28 35 48 73
x 5 03 58|53 08
y 5 03 28|53 0a
z 5 03 53 08 58
0 6 ~30 00 03 05 08 38 68 65 63 60 30
1 4 02 20 28
2 6 ~02 00 30 60 62 64 35|35 08 68
3 6 ~01 00 30 60 62 34|~34 64 66 68 38 08 07
4 6 48 40 06 66
5 6 60 10 03|~03 33 63 65 68 38 08 07
6 6 ~61 50 30 00 05 08 38 68 66 64 34 04 06
7 6 00 60 28
8 6 ~34 04 00 30 60 64 34|~34 04 08 38 68 64 34
9 6 ~07 18 38 68 63 60 30 00 02 04 34 64 62
. 2 18 18
, 2 18 0a
: 2 14 14|18 18
; 2 14 14|18 0a
! 2 10 15|18 18
? 5 ~01 00 20 50 52 24 26|28 28
' 2 10 12
" 4 00 02|30 32
- 5 05 45
_ 6 08 68
+ 6 32 38|05 65
= 6 04 64|06 66
/ 5 50 08
( 3 ~30 02 06 39
) 3 ~00 32 36 09
[ 3 30 00 09 39
] 3 00 30 39 09
{ 4 ~40 20 23 04|~04 25 29 49
} 4 ~00 20 23 44|~44 25 29 09
< 5 52 05 58
> 5 02 55 08
* 5 21 27|03 55|53 05
# 7 20 18|60 58|03 73|05 75
% 7 60 08|~10 00 02 12 22 20 10|~56 46 48 58 68 66 56
& 7 ~78 20 00 02 26 08 38 66 64
@ 8 ~55 53 33 35 36 46 55 57 87 83 80 40 00 04 08 48 68
$ 6 ~61 50 20 00 02 04 34 64 66 68 38 08 07|30 39
^ 6 03 30 63
~ 6 ~05 03 35 67 64
| 2 10 1a
\ 5 00 58
` + "` 3 00 22\n"

// glyphs returns the font's characters.
var glyphs = sync.OnceValue(func() map[rune]glyph {
	all := map[rune]glyph{' ': {width: 3}}
	for line := range strings.Lines(strokeFont) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) < 5 {
			continue
		}
		g := glyph{width: float64(line[2] - '0')}
		for stroke := range strings.SplitSeq(line[4:], "|") {
			text, round := strings.CutPrefix(stroke, "~")
			var points []point
			for pair := range strings.FieldsSeq(text) {
				points = append(points, point{hexDigit(pair[0]), hexDigit(pair[1])})
			}
			if round {
				points = rounded(rounded(rounded(points)))
			}
			g.strokes = append(g.strokes, points)
		}
		all[rune(line[0])] = g
	}
	return all
})

func hexDigit(c byte) float64 {
	if c >= 'a' {
		return float64(c-'a') + 10
	}
	return float64(c - '0')
}

// rounded cuts the corners of a line (Chaikin): each is replaced by points at a
// quarter of the way to its neighbors. The ends stay.
func rounded(p []point) []point {
	out := []point{p[0]}
	for i := range len(p) - 1 {
		a, b := p[i], p[i+1]
		out = append(out, point{a.x*.75 + b.x*.25, a.y*.75 + b.y*.25}, point{a.x*.25 + b.x*.75, a.y*.25 + b.y*.75})
	}
	return append(out, p[len(p)-1])
}

// textWidth returns how wide a text is whose capitals have the given height.
func textWidth(text string, height float64) float64 {
	w := 0.0
	for _, c := range text {
		w += (glyphOf(c).width + 2.2) * height / 8
	}
	return w
}

func glyphOf(c rune) glyph {
	if g, ok := glyphs()[c]; ok {
		return g
	}
	return glyphs()['?']
}
