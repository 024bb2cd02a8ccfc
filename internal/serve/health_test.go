package serve

import "testing"

func TestServerThatListensEverywhereIsAskedOnThisMachine(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:80": "[::1]:80", "localhost:8080": "localhost:8080", "192.168.1.2:80": "192.168.1.2:80",
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080",
	} {
		if got := reachable(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}
