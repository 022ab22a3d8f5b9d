"""Who is asking, as a plain value that every floor may know."""

from dataclasses import dataclass

PARTICIPANT = "participant"


@dataclass(frozen=True, slots=True)
class Scope:
    """A role inside one part of the unit tree."""

    role: str
    unit_path: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking, as a plain value: no row of another session leaks into a view."""

    id: int
    sign_in_id: int
    sign_in_code: str
    name: str
    scopes: tuple[Scope, ...] = ()
    must_change_password: bool = False

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.sign_in_code

    def may(self, *roles: str) -> bool:
        """Say whether the visitor has one of `roles` anywhere."""
        return PARTICIPANT in roles or any(scope.role in roles for scope in self.scopes)

    def paths(self, *roles: str) -> tuple[str, ...]:
        """Return the parts of the tree in which the visitor has one of `roles`."""
        return tuple(scope.unit_path for scope in self.scopes if scope.role in roles)
