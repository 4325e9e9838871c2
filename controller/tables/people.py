"""People, what they may do and where, and the append-only record of what they did."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

ROLES = ("province-admin", "operator", "technician", "auditor", "commune-officer", "school")
SCOPE_KINDS = ("province", "commune", "school")


class User(SQLModel, table=True):
    __tablename__ = "user_account"  # "user" is a reserved word in PostgreSQL

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, index=True)
    name: str = ""
    email: str = ""
    password_hash: str = ""
    must_change_password: bool = False
    totp_secret: str = ""  # sealed with the server's key; empty: not enrolled
    totp_last_step: int = 0  # a code is good once
    failed_logins: int = 0
    locked_until: float | None = None
    is_active: bool = True
    lang: str = "vi"
    created_at: float = 0.0
    last_login_at: float | None = None


class RoleGrant(SQLModel, table=True):
    """A role over a part of the scope tree. ``scope_id`` is empty for the province, else a commune or school code."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("user_id", "role", "scope_kind", "scope_id"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    role: str
    scope_kind: str = "province"
    scope_id: str = ""


class LoginSession(SQLModel, table=True):
    """A browser's session; only a hash of its cookie is kept."""

    __tablename__ = "login_session"

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf: str
    created_at: float
    seen_at: float
    expires_at: float = Field(index=True)
    is_full: bool = False  # false until the second factor was given


class ApiToken(SQLModel, table=True):
    """A token for programs; acts with its owner's grants, or fewer (``role`` narrows them)."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)  # public part
    secret_hash: str
    user_id: int = Field(foreign_key="user_account.id", index=True)
    name: str
    role: str = ""
    created_at: float
    expires_at: float
    last_used_at: float | None = None
    revoked_at: float | None = None


class Audit(SQLModel, table=True):
    """Who did what. Each row's hash covers the row before, so that a change or a gap shows."""

    id: int | None = Field(default=None, primary_key=True)
    at: float = Field(index=True)
    actor: str  # login, "cli", "system", or "agent:<id>"
    action: str = Field(index=True)  # "school.update"
    object: str = ""  # "school:82001"
    school_id: int | None = Field(default=None, index=True)
    outcome: str = "ok"
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str = ""
    hash: str = Field(default="", unique=True)
