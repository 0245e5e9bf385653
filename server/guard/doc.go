// Package guard decides who is let in. It is asked once for every request,
// for every route and transport alike, before any session exists, and answers
// with a Grant or a Refusal.
package guard
