package serve

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/accountgraph/accountgraph/internal/config"
)

func TestDocsAreHiddenWhereTheSchemaIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config config.Config
		status int
	}{
		"introspection":          {config.Config{Introspection: true}, http.StatusOK},
		"none":                   {config.Config{}, http.StatusForbidden},
		"trusted documents only": {config.Config{Introspection: true, TrustedDocumentsOnly: true}, http.StatusForbidden},
	} {
		w := httptest.NewRecorder()
		Program{Config: test.config}.docs().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs", nil))
		shows := strings.Contains(w.Body.String(), "createAccount")
		if w.Code != test.status || shows != (test.status == http.StatusOK) {
			t.Errorf("%s: got %d, the schema shown: %v; want %d", name, w.Code, shows, test.status)
		}
	}
}
