"""The peer of ``bench.ingest``: the same work, but as a plain FastAPI handler that commits each request by itself."""

from __future__ import annotations

import argparse
import base64
from dataclasses import asdict
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI, HTTPException
from sqlmodel import Session

from controller import exchange, seal
from controller.config import load
from controller.main import create_services
from controller.tables import Agent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb")
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    services = create_services(load())
    services.ingest.epoch()
    app = FastAPI()

    @app.post("/v1/exchange")
    def take(body: Annotated[bytes, Body(media_type="application/octet-stream")]) -> dict[str, Any]:
        agent = seal.parse(exchange.first_line(body)).keyid
        with Session(services.engine) as session:
            row = session.get(Agent, agent)
            if row is None:
                raise HTTPException(404)
            public_key = base64.b64decode(row.public_key)
        outcome = services.ingest.commit([exchange.read(body, agent, public_key, services.clock())])[0]
        if outcome is None or outcome.reply is None:
            raise HTTPException(409)
        return asdict(outcome.reply)

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
