package db

// Viewer is who asks: every method of DB takes one, and answers only what it may see.
type Viewer struct {
	Organization OrganizationID
	// User is the person; nil if it is a program or the server itself.
	User *UserID
	// APIKey is what a program signed in with; nil if it is a person or the server itself.
	APIKey *APIKeyID
	Role   Role
}

// Role is what a viewer may do in the organization.
type Role string

// The roles, from the widest to the narrowest. What an API key's scope stands for is one of them as well: see Scope.
const (
	RoleAdmin   Role = "ADMIN"
	RoleManager Role = "MANAGER"
	RoleMember  Role = "MEMBER"
	RoleViewer  Role = "VIEWER"
)

// SystemViewer is the server itself at work in an organization.
func SystemViewer(organization OrganizationID) Viewer {
	return Viewer{Organization: organization, Role: RoleAdmin}
}

// actor is how the viewer is recorded as the one who changed something.
func (v Viewer) actor() ActorRef {
	switch {
	case v.APIKey != nil:
		return ActorRef{Kind: ActorAPIKey, ID: &v.APIKey.uuid}
	case v.User != nil:
		return ActorRef{Kind: ActorUser, ID: &v.User.uuid}
	default:
		return ActorRef{Kind: ActorSystem}
	}
}

// visible is THE predicate of what the viewer may see of a table with soft deletion (accounts, contacts),
// under the alias given. Every read of such a table has it; access rules will widen or narrow it here only.
func (v Viewer) visible(s *statement, alias string) string {
	return alias + ".organization_id = " + s.arg(v.Organization) + " AND " + alias + ".deleted_at IS NULL"
}

// listed is the predicate of a list of all records of such a table: of those that the viewer may see, or of the deleted
// ones, which only admins may list.
func (v Viewer) listed(s *statement, alias string, deleted DeletedFilter) (string, error) {
	if deleted != DeletedOnly {
		return v.visible(s, alias), nil
	}
	if v.Role != RoleAdmin {
		return "", &Error{Code: CodeForbidden, Message: "only admins may list what is deleted"}
	}
	return v.own(s, alias) + " AND " + alias + ".deleted_at IS NOT NULL", nil
}

// own is the predicate of the tables without soft deletion.
func (v Viewer) own(s *statement, alias string) string {
	return alias + ".organization_id = " + s.arg(v.Organization)
}

// mayWrite refuses viewers who only read.
func (v Viewer) mayWrite() error {
	if v.Role == RoleViewer {
		return v.forbidden("which reads only")
	}
	return nil
}

// mayConfigure refuses viewers who may not change how the organization is set up: its users, its API keys, itself.
func (v Viewer) mayConfigure() error {
	if v.Role != RoleAdmin {
		return v.forbidden("and users, API keys and the organization itself are for ADMIN only")
	}
	return nil
}

// MayImport refuses viewers who may not bring in files: an import changes records of anybody. The error is a *Error, FORBIDDEN.
func (v Viewer) MayImport() error {
	if v.Role != RoleAdmin && v.Role != RoleManager {
		return v.forbidden("and imports are for ADMIN and MANAGER only")
	}
	return nil
}

// forbidden says what the viewer is, and why that is too little.
func (v Viewer) forbidden(why string) error {
	if v.APIKey != nil {
		return &Error{Code: CodeForbidden, Message: "the scope of your API key is " + string(scopeOf(v.Role)) + ", " + why}
	}
	return &Error{Code: CodeForbidden, Message: "your role is " + string(v.Role) + ", " + why}
}
