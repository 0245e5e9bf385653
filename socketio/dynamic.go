package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// family is what makes a namespace a parent: the rule by which its children
// come into being, and the children.
type family struct {
	pattern  *regexp.Regexp // nil if the rule is a function
	allow    func(ctx context.Context, name string, auth json.RawMessage) (bool, error)
	children map[string]*Namespace // guarded by Server.mu
}

// OfPattern returns the parent of all namespaces whose names, with their slash,
// the expression matches; anchor it with ^ and $ where the whole name is meant.
// A namespace comes into being when the first client enters it, or Of is called
// with its name, which keeps it for good. Names that are taken already have nothing to do with the
// parent, and where several parents match, the one that was made first counts.
//
// What is registered with the parent is registered with all its children, those
// that exist and those to come. Its Emit, also behind To, Except and the like,
// reaches the sockets of all children. All else that a Namespace does is done
// by the children alone: the parent itself has neither sockets nor rooms.
//
// The expression sees names that clients have chosen, which is no danger:
// package regexp takes time linear in the length of the name. How many children
// there can be is bounded by Config.MaxChildren.
func (srv *Server) OfPattern(pattern *regexp.Regexp) *Namespace {
	return srv.parent(pattern.String(), &family{pattern: pattern})
}

// OfFunc is OfPattern with a function for the rule: it is asked whether a client
// with that auth (see Socket.Auth) may bring the namespace of that name into
// being. For a namespace that exists it is not asked again: to refuse clients is
// the business of middlewares. An error counts as no, and is logged.
//
// allow may be called concurrently. The client's other packets wait until it
// returns. ctx is done when the client has gone.
func (srv *Server) OfFunc(allow func(ctx context.Context, name string, auth json.RawMessage) (bool, error)) *Namespace {
	return srv.parent("(dynamic)", &family{allow: allow})
}

func (srv *Server) parent(name string, f *family) *Namespace {
	f.children = make(map[string]*Namespace)
	ns := &Namespace{srv: srv, name: name, adapter: NewMemory(), family: f}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.parents = append(slices.Clip(srv.parents), ns)
	return ns
}

// Children returns the namespaces that have this one for a parent, in no order.
func (ns *Namespace) Children() []*Namespace {
	if ns.family == nil {
		return nil
	}
	ns.srv.mu.RLock()
	defer ns.srv.mu.RUnlock()
	all := make([]*Namespace, 0, len(ns.family.children))
	for _, child := range ns.family.children {
		all = append(all, child)
	}
	return all
}

// emitToChildren is Emit of a broadcast that was begun on a parent.
func (b Broadcast) emitToChildren(event string, args []any) error {
	var failed error
	for _, child := range b.ns.Children() {
		b.ns = child
		failed = errors.Join(failed, b.Emit(event, args...))
	}
	return failed
}

// find returns the namespace that a client wants to enter, and makes it if it
// is a parent's child. The caller releases it.
func (c *client) find(p sio.Packet) (ns *Namespace, err error) {
	ns, parents := c.srv.hold(p.Namespace)
	if ns != nil || len(parents) == 0 {
		return ns, nil
	}
	// It is the application that decides, and may take its time.
	c.conn.Stall(func() {
		defer func() {
			if v := recover(); v != nil {
				session.LogPanic(c.conn.Logger().With(slog.String("ns", p.Namespace)), v)
				ns, err = nil, &Error{Message: "internal error"}
			}
		}()
		if parent := c.choose(parents, p); parent != nil {
			ns, err = c.srv.adopt(parent, p.Namespace)
		}
	})
	return ns, err
}

// choose returns the first parent that wants the namespace for a child.
func (c *client) choose(parents []*Namespace, p sio.Packet) *Namespace {
	for _, parent := range parents {
		f := parent.family
		if f.pattern != nil {
			if f.pattern.MatchString(p.Namespace) {
				return parent
			}
			continue
		}
		auth := json.RawMessage("{}")
		if len(p.Data) > 0 {
			auth = slices.Clone(p.Data)
			if c.srv.cfg.Recovery != nil {
				auth, _ = withoutPresented(auth)
			}
		}
		yes, err := f.allow(c.conn.Context(), p.Namespace, auth)
		if err != nil {
			c.conn.Logger().Debug("namespace refused", "ns", p.Namespace, "err", err)
		} else if yes {
			return parent
		}
	}
	return nil
}

// hold returns a namespace and keeps it, should it be a parent's child, from
// being given up; without one it returns those who might make it.
func (srv *Server) hold(name string) (ns *Namespace, parents []*Namespace) {
	srv.mu.RLock()
	ns, parents = srv.namespaces[name], srv.parents
	srv.mu.RUnlock()
	if ns == nil || ns.parent == nil {
		return ns, parents
	}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if ns = srv.namespaces[name]; ns != nil {
		ns.uses++
	}
	return ns, parents
}

// adopt makes a child for a client, and holds it. Should a function of
// OnNamespace panic, the child is given up: it may lack what was to guard it.
func (srv *Server) adopt(parent *Namespace, name string) (*Namespace, error) {
	if !srv.makeRoom() { // before anything is made for nothing
		return nil, errCrowded
	}
	fresh := srv.build(name)
	srv.mu.Lock()
	ns, full := srv.namespaces[name], srv.children >= srv.cfg.MaxChildren
	made := ns == nil && !full
	if made {
		srv.insert(fresh, parent)
		ns = fresh
	}
	if ns != nil {
		ns.uses++ // of no consequence if it is nobody's child
	}
	srv.mu.Unlock()
	if !made {
		fresh.close()
		if ns == nil {
			return nil, errCrowded
		}
		return ns, nil
	}
	announced := false
	defer func() {
		if !announced {
			srv.let(ns, true)
		}
	}()
	srv.announce(ns)
	announced = true
	return ns, nil
}

// makeRoom reports whether there may be another child, and gives up those that
// nobody is in if need be.
func (srv *Server) makeRoom() bool {
	srv.mu.Lock()
	var gone []*Namespace
	if srv.children >= srv.cfg.MaxChildren {
		gone = srv.giveUpEmpty()
	}
	if srv.children >= srv.cfg.MaxChildren {
		gone = append(gone, srv.giveUpAway()...)
	}
	ok := srv.children < srv.cfg.MaxChildren
	srv.mu.Unlock()
	for _, old := range gone {
		old.close()
	}
	return ok
}

// own returns the namespace of a name for the application, and makes it if need
// be. What the application has got stays: it may register a middleware there.
func (srv *Server) own(name string) (ns *Namespace, made bool) {
	srv.mu.Lock()
	ns = srv.pin(name)
	srv.mu.Unlock()
	if ns != nil {
		return ns, false
	}
	fresh := srv.build(name)
	srv.mu.Lock()
	if ns = srv.pin(name); ns == nil {
		srv.insert(fresh, srv.matching(name))
		ns, made = srv.pin(name), true
	}
	srv.mu.Unlock()
	if !made {
		fresh.close()
	}
	return ns, made
}

// pin returns the namespace of a name, if there is one, and keeps it for good. It
// counts no more among those that clients have brought into being. The caller
// holds mu.
func (srv *Server) pin(name string) *Namespace {
	ns := srv.namespaces[name]
	if ns != nil && ns.parent != nil && !ns.pinned {
		ns.pinned = true
		srv.children--
	}
	return ns
}

// build makes a namespace that nobody knows of yet. The caller does not hold mu,
// as the adapter is the application's.
func (srv *Server) build(name string) *Namespace {
	ns := &Namespace{srv: srv, name: name, sockets: make(map[string]*Socket)}
	if srv.cfg.Recovery != nil {
		ns.keeper = newKeeper(ns, *srv.cfg.Recovery)
	}
	ns.adapter = srv.cfg.Adapter(ns) // which may hear of other servers at once
	return ns
}

// insert makes a namespace known. The caller holds mu.
func (srv *Server) insert(ns, parent *Namespace) {
	srv.namespaces[ns.name] = ns
	if parent != nil {
		ns.parent = parent
		inherited := parent.table.Load()
		if own := ns.read().onRoom; len(own) > 0 { // of its adapter
			t := *parent.read()
			t.onRoom = slices.Concat(t.onRoom, own)
			inherited = &t
		}
		ns.table.Store(inherited)
		parent.family.children[ns.name] = ns
		srv.children++
	}
}

// matching returns the parent by whose pattern a name is a child's. The caller
// holds mu.
func (srv *Server) matching(name string) *Namespace {
	for _, p := range srv.parents {
		if p.family.pattern != nil && p.family.pattern.MatchString(name) {
			return p
		}
	}
	return nil
}

// retain is hold for a namespace that is held already.
func (srv *Server) retain(ns *Namespace) {
	if ns.parent == nil {
		return
	}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	ns.uses++
}

// release ends what hold, adopt or retain began.
func (srv *Server) release(ns *Namespace) { srv.let(ns, srv.cfg.CleanupEmptyChildren) }

// let is release, and says whether the child is given up if nobody else is in.
func (srv *Server) let(ns *Namespace, giveUp bool) {
	if ns.parent == nil {
		return
	}
	srv.mu.Lock()
	ns.uses--
	done := giveUp && srv.giveUp(ns)
	srv.mu.Unlock()
	if done {
		ns.close()
	}
}

// giveUp removes a child that nobody is in and that the application has not
// asked for. The caller holds mu.
func (srv *Server) giveUp(ns *Namespace) bool {
	if ns.uses > 0 || ns.pinned || srv.namespaces[ns.name] != ns {
		return false
	}
	delete(srv.namespaces, ns.name)
	delete(ns.parent.family.children, ns.name)
	srv.children--
	return true
}

// giveUpEmpty removes all children that nobody is in. The caller holds mu.
func (srv *Server) giveUpEmpty() (gone []*Namespace) {
	for _, parent := range srv.parents {
		for _, child := range parent.family.children {
			if srv.giveUp(child) {
				gone = append(gone, child)
			}
		}
	}
	return gone
}

// close ends what a namespace has that was given up, or never known.
func (ns *Namespace) close() {
	if a, ok := ns.adapter.(io.Closer); ok {
		if err := a.Close(); err != nil {
			ns.srv.cfg.Logger.Warn("adapter was not closed", "ns", ns.name, "err", err)
		}
	}
}

// OnNamespace adds a function that is called for each namespace, except the
// root, when it comes into being: by Of, or by a client that enters the child of
// a parent, which waits until f returns. Should f register handlers, they hold
// for that client, but another one may be in already.
func (srv *Server) OnNamespace(f func(*Namespace)) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.onNamespace = append(slices.Clip(srv.onNamespace), f)
}

func (srv *Server) announce(ns *Namespace) {
	srv.mu.RLock()
	hooks := srv.onNamespace
	srv.mu.RUnlock()
	for _, f := range hooks {
		f(ns)
	}
}

// normal returns the name of a namespace with its slash.
func normal(name string) string {
	if !strings.HasPrefix(name, "/") {
		return "/" + name
	}
	return name
}
