package polling_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

const (
	open3 = "/?EIO=3&transport=polling"
	poll3 = open3 + "&sid=SID"
)

func opening(upgrades string) string {
	return `0{"sid":"SID","upgrades":[` + upgrades + `],"pingInterval":25000,"pingTimeout":20000}`
}

// length puts the length in front that a payload of Engine.IO 3 has.
func (h *house) length(packet string) string {
	packet = strings.ReplaceAll(packet, "SID", h.conn.ID())
	return strconv.Itoa(len(packet)) + ":" + packet
}

func TestEngineIO3Opens(t *testing.T) {
	for _, version := range []string{"3", "2", "1"} {
		inHouse(t, func(h *house) {
			rec := h.get("/?EIO=" + version + "&transport=polling")
			h.expect(rec, 200, plain, h.length(opening("")))
		})
	}
}

// TestClientsPingOverPolls: a pong answers the poll (section "Timeouts" of
// Engine.IO protocol 3).
func TestClientsPingOverPolls(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		poll := h.start("GET", poll3, "")
		later(40 * time.Second)
		h.expect(h.post(poll3, "1:2"), 200, "text/html", "ok")
		h.expect(<-poll, 200, plain, "1:3")
		later(45*time.Second + 1)
		h.expect(h.get(poll3), 400, "application/json", `{"code":1,"message":"Session ID unknown"}`)
	})
}

func TestBinaryPayloads(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		h.send(`451-["x",{"_placeholder":true,"num":0}]`)
		h.conn.Offer(binary(1, 2, 3))
		// Captured from the reference: string of 40 bytes, then 4 bytes.
		h.expect(h.get(poll3), 200, "application/octet-stream",
			"\x00\x04\x00\xff4"+`451-["x",{"_placeholder":true,"num":0}]`+"\x01\x04\xff\x04\x01\x02\x03")
		h.expect(h.post(poll3, "\x00\x06\xff4hello\x01\x04\xff\x04\x01\x02\x03", "Content-Type", "application/octet-stream"), 200, "text/html", "ok")
		h.delivered("text:hello", "binary:\x01\x02\x03")
		h.post(poll3, "6:b4AQID")
		h.delivered("binary:\x01\x02\x03")
	})
}

// TestPayloadsOfBytesAlone: the servers of Socket.IO 1.x sent no others to who
// did not ask for base64, and some clients of that time read no others.
func TestPayloadsOfBytesAlone(t *testing.T) {
	inHouse(t, func(h *house) {
		rec := h.get(open3 + "&t=1411230000000-0")
		first := strings.ReplaceAll(opening(""), "SID", h.conn.ID())
		size := ""
		for _, digit := range strconv.Itoa(len(first)) {
			size += string(digit - '0')
		}
		h.expect(rec, 200, "application/octet-stream", "\x00"+size+"\xff"+first)
		h.send("2[1]", "0/é,") // encoded once, whatever the client has said
		h.expect(h.get(poll3+"&t=1411230000001-1"), 200, "application/octet-stream", "\x00\x05\xff42[1]\x00\x06\xff40/é,")
		h.send("x")
		h.conn.Offer(binary(1))
		h.expect(h.get(poll3), 200, "application/octet-stream", "\x00\x02\xff4x\x01\x02\xff\x04\x01")
		h.expect(h.post(poll3, "2:4a"), 200, "text/html", "ok")
		h.delivered("text:a")
	})
}

func TestBase64Sessions(t *testing.T) {
	for _, target := range []string{open3 + "&b64=1", open3 + "&b64=true", open3 + "&j=0"} {
		inHouse(t, func(h *house) {
			h.get(target)
			h.send("x")
			h.conn.Offer(binary(1, 2, 3))
			// The parameter is not repeated on later requests.
			h.expect(h.get(poll3), 200, plain, "2:4x6:b4AQID")
		})
	}
}

// TestTextOfOldClientsIsDecodedTwice, until it is proved to be encoded once.
func TestTextOfOldClientsIsDecodedTwice(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		h.post(poll3, "3:4Ã©")
		h.delivered("text:é")
		h.post(poll3, "2:4€3:4Ã©")
		h.delivered("text:€", "text:Ã©")
	})
}

// TestOldClientsGetTheirTextTwiceEncoded, as they decode it: nearly all is ASCII,
// but not the name of a namespace. A payload of bytes they decode once.
func TestOldClientsGetTheirTextTwiceEncoded(t *testing.T) {
	for _, open := range []string{open3, open3 + "&j=1"} {
		inHouse(t, func(h *house) {
			h.get(open)
			h.send("0/é,") // nothing is known yet
			h.expect(h.get(poll3), 200, plain, "5:40/é,")
			h.post(poll3, "6:40/Ã©,")
			h.delivered("text:0/é,")
			h.send("0/é,", "2[1]")
			h.expect(h.get(poll3), 200, plain, "6:40/Ã©,5:42[1]")
			h.send("0/é,")
			h.conn.Offer(binary(1))
			if open == open3 {
				h.expect(h.get(poll3), 200, "application/octet-stream", "\x00\x06\xff40/é,\x01\x02\xff\x04\x01")
			} else {
				h.expect(h.get(poll3), 200, plain, "6:40/Ã©,6:b4AQ==")
			}
			h.post(poll3, "2:4€") // so it was chance
			h.send("0/é,")
			h.expect(h.get(poll3), 200, plain, "5:40/é,")
		})
	}
}

func TestJSONPOfEngineIO(t *testing.T) {
	inHouse(t, func(h *house) {
		rec := h.get(open3 + "&j=7")
		payload := h.length(opening(""))
		h.expect(rec, 200, script, `/**/___eio[7]("`+strings.ReplaceAll(payload, `"`, `\"`)+`");`)
		h.send("</script><!--\u2028\u2029")
		rec = h.get(poll3 + "&j=123456")
		h.expect(rec, 200, script, `/**/___eio[123456]("16:4\u003c/script>\u003c!--\u2028\u2029");`)
		if d := rec.Header().Get("Content-Disposition"); d != "attachment; filename=f.txt" {
			t.Errorf("disposition %q", d)
		}
		if p := rec.Header().Get("Cross-Origin-Resource-Policy"); p != "cross-origin" {
			t.Errorf("a page of another origin may not run it: %q", p)
		}
		// A line end, and the two characters \n.
		rec = h.post(poll3+"&j=8", "d=6%3A4a%5Cnb%5C%5Cn", "Content-Type", "application/x-www-form-urlencoded")
		h.expect(rec, 200, "text/html", "ok")
		if p := rec.Header().Get("Content-Security-Policy"); p != "default-src 'none'" {
			t.Errorf("the answer to a form may not stand in its frame: %q", p)
		}
		h.delivered("text:a\nb\\n")
	})
	inHouse(t, func(h *house) {
		rec := h.get("/?EIO=4&transport=polling&j=1")
		if rec.Code != 200 || !strings.HasPrefix(rec.Body.String(), `/**/___eio[1]("0{\"sid\":\"`) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		h.post("/?EIO=4&transport=polling&sid=SID&j=1", "d=4a%2Bb+c%1e4d")
		h.delivered("text:a+b c", "text:d")
	})
}

func TestCallbacksAreNumbers(t *testing.T) {
	for _, j := range []string{"", "alert(1)", "1234567", "-1", "1.5", "0x1", "%00", "1%0a"} {
		inHouse(t, func(h *house) {
			h.expect(h.get(open3+"&j="+j), 400, plain, "The number of a callback has one to six digits.")
			if h.conn != nil {
				t.Error("a session was opened")
			}
		})
	}
}

// TestBadPayloadOfEngineIO3: answered all the same, and the poll with the close.
func TestBadPayloadOfEngineIO3(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		poll := h.start("GET", poll3, "")
		h.expect(h.post(poll3, `18:420["echo","abc"]`), 200, "text/html", "ok")
		h.expect(<-poll, 200, plain, "1:1")
		h.expect(h.get(poll3), 400, "application/json", `{"code":1,"message":"Session ID unknown"}`)
	})
}

func TestCloseOfEngineIO3(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		poll := h.start("GET", poll3, "")
		h.post(poll3, "1:1")
		h.expect(<-poll, 200, plain, "1:6")
	})
	inHouse(t, func(h *house) {
		h.get(open3)
		poll := h.start("GET", poll3, "")
		h.conn.Close(session.Normal, "")
		h.expect(<-poll, 200, plain, "1:1")
	})
	inHouse(t, func(h *house) { // with no poll pending it waits for the next
		h.get(open3)
		h.conn.Close(session.Normal, "")
		later(29 * time.Second)
		h.expect(h.get(poll3), 200, plain, "1:61:1")
	})
}

func TestSecondPollOfEngineIO3EndsTheSession(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		poll := h.start("GET", poll3, "")
		if rec := h.get(poll3); rec.Code != http.StatusBadRequest {
			t.Errorf("second: %d %s", rec.Code, rec.Body)
		}
		h.expect(<-poll, 200, plain, "1:1")
	})
}

func TestSessionsStayWithTheirProtocol(t *testing.T) {
	const mismatch = `{"code":3,"message":"Bad request"}`
	for _, open := range []string{open3, open3 + "&b64=1"} {
		inHouse(t, func(h *house) {
			h.get(open)
			h.expect(h.get("/?EIO=4&transport=polling&sid=SID"), 400, "application/json", mismatch)
			h.expect(h.get("/1/xhr-polling/SID"), 200, plain, "7:::1+0")
			h.expect(h.get("/xhr-polling/SID/1"), dropped, "", "")
		})
	}
	inHouse(t, func(h *house) {
		h.get("/1/")
		h.expect(h.get(poll3), 400, "application/json", mismatch)
		h.expect(h.get("/xhr-polling/SID/1"), dropped, "", "")
	})
	inHouse(t, func(h *house) {
		h.get("/xhr-polling//1")
		h.expect(h.get(poll3), 400, "application/json", mismatch)
		h.expect(h.get("/1/xhr-polling/SID"), 200, plain, "7:::1+0")
	})
}
