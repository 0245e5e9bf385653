package googollee

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport/polling"
	"github.com/googollee/go-socket.io/engineio/transport/websocket"

	"github.com/everwire/everwire/server"
)

// optionsOf returns what the original's options mean here.
func optionsOf(o *engineio.Options) server.Options {
	opts := server.Options{PingInterval: 20 * time.Second, PingTimeout: time.Minute}
	if o == nil {
		return opts
	}
	if o.PingInterval != 0 {
		opts.PingInterval = o.PingInterval
	}
	if o.PingTimeout != 0 {
		opts.PingTimeout = o.PingTimeout
	}
	checks := make(map[string]func(*http.Request) bool)
	for _, t := range o.Transports {
		switch t := t.(type) {
		case *polling.Transport:
			checks[t.Name()] = t.CheckOrigin
		case *websocket.Transport:
			checks[t.Name()] = t.CheckOrigin
		}
	}
	for _, check := range checks {
		if check != nil {
			opts.Guard.AnyOrigin = true // it is asked instead
		}
	}
	if opts.Guard.AnyOrigin {
		opts.Middleware = append(opts.Middleware, checkOrigins(checks))
	}
	if o.RequestChecker != nil {
		opts.Middleware = append(opts.Middleware, checkRequests(o.RequestChecker))
	}
	return opts
}

// checkOrigins asks the function of a request's transport whether its origin is
// let in. Where there is none, only the server's own is.
func checkOrigins(checks map[string]func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			check := checks[r.URL.Query().Get("transport")]
			if check == nil {
				check = sameOrigin
			}
			if !check(r) {
				http.Error(w, "This origin is not let in.", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// checkRequests asks the original's RequestChecker for each request.
func checkRequests(check engineio.CheckerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			header, err := check(r)
			if err != nil {
				http.Error(w, "request checker err: "+err.Error(), http.StatusBadGateway)
				return
			}
			for name, values := range header {
				w.Header()[name] = values
			}
			next.ServeHTTP(w, r)
		})
	}
}
