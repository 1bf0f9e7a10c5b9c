// A program beside `tenure serve --socket <path>`: it acts while its sidecar leads, and never later.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

type term struct {
	Token       string
	RemainingMs int64
	until       time.Time
}

// ask counts from before the question; time.Now carries a clock that nobody sets.
func ask(client *http.Client, current *term) *term {
	askedAt := time.Now()
	answer, err := client.Get("http://localhost/term")
	if err != nil {
		return current // Dead or frozen: the answer before holds until its end.
	}
	defer answer.Body.Close()
	var t term
	if answer.StatusCode != 200 || json.NewDecoder(answer.Body).Decode(&t) != nil {
		return nil
	}
	t.until = askedAt.Add(time.Duration(t.RemainingMs) * time.Millisecond)
	return &t
}

func (t *term) mayAct() bool { return t != nil && time.Now().Before(t.until) }

func main() {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", os.Args[1])
	}
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DialContext: dial}}
	var current *term
	for ; ; time.Sleep(50 * time.Millisecond) {
		current = ask(client, current)
		if current.mayAct() { // Before each effect, and the token goes with it.
			fmt.Printf("{\"event\":\"effect\",\"token\":%q,\"atMs\":%d}\n", current.Token, time.Now().UnixMilli())
		}
	}
}
