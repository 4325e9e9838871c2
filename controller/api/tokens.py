"""One's own API tokens: made with a browser's session, shown once, always with an end."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response, status
from pydantic import Field
from sqlmodel import col, select

from controller import audit
from controller.api.common import Paged, fetch, problems
from controller.api.shapes import IdInPath, In, Name, Out
from controller.deps import Caller, Db, Sv, require
from controller.people import tokens
from controller.problems import Problem
from controller.tables import ApiToken

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])
MyBrowser = Annotated[Caller, require("", session_only=True)]
Role = Literal["province-admin", "operator", "technician", "auditor", "commune-officer", "school"]


class TokenOut(Out):
    id: str
    name: str
    role: str = ""
    created_at: float
    expires_at: float
    last_used_at: float | None = None
    revoked_at: float | None = None


class TokenIn(In):
    name: Name = Field(examples=["Grafana"])
    role: Role | Literal[""] = Field(
        "", description="narrows the token to what this role may do; empty: all you may do"
    )
    days: Annotated[int, Field(ge=1, le=400)] = 90


class NewToken(TokenOut):
    token: str = Field(description="shown once", examples=["tnt_1a2b3c4d5e6f_…"])


@router.get("", responses=problems())
def list_tokens(who: MyBrowser, session: Db, wanted: Paged, response: Response) -> list[TokenOut]:
    statement = select(ApiToken).where(ApiToken.user_id == who.user_id).order_by(col(ApiToken.created_at).desc())
    return [TokenOut.model_validate(row) for row in fetch(session, statement, wanted, response)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems())
def create_token(body: TokenIn, who: MyBrowser, session: Db, services: Sv) -> NewToken:
    now = services.clock()
    made = tokens.create(session, who.user_id, name=body.name, role=body.role, seconds=body.days * 86_400.0, now=now)
    detail: dict[str, Any] = {"role": body.role, "days": body.days}
    audit.record(session, who.login, "token.create", f"token:{made.row.id}", now=now, **detail)
    session.commit()
    return NewToken(**TokenOut.model_validate(made.row).model_dump(), token=made.text)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems("not-found"))
def revoke_token(token_id: IdInPath, who: MyBrowser, session: Db, services: Sv) -> None:
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != who.user_id:
        raise Problem("not-found")
    if row.revoked_at is None:
        row.revoked_at = services.clock()
        session.add(row)
        audit.record(session, who.login, "token.revoke", f"token:{token_id}", now=services.clock())
        session.commit()
