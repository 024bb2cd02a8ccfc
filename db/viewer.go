package db

// Viewer is who asks: every method of DB takes one, and answers only what it may see.
type Viewer struct {
	Organization OrganizationID
	// User is the person; nil if it is the server itself.
	User *UserID
	Role Role
}

// Role is what a viewer may do in the organization.
type Role string

// The roles, from the widest to the narrowest.
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
	if v.User == nil {
		return ActorRef{Kind: ActorSystem}
	}
	return ActorRef{Kind: ActorUser, ID: v.User}
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
		return &Error{Code: CodeForbidden, Message: "your role is VIEWER, which reads only"}
	}
	return nil
}
