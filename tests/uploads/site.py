"""A site for tests with a policy, a page and a clip of its own: `gunicorn uploads.site:app`."""

from __future__ import annotations

import os
from datetime import datetime

from flask import Response, render_template_string
from sqlalchemy.orm import Session
from uploads.wire import CLIP

from contest.app import create_app
from contest.core import clock
from contest.core.visitor import Visitor
from contest.media import serving
from contest.media.models import MediaFile
from contest.rules.media import FileKind
from contest.uploads import desk
from contest.uploads.terms import Asked, Terms
from contest.web import access, threads
from contest.web.application import current_session

PURPOSE = "test"
PAGE = """{% extends "layout/base.html" %}
{% from "macros/form.html" import csrf %}
{% block title %}Bài dự thi{% endblock %}
{% block main %}<h1>Bài dự thi</h1>
<form id="entry" method="post" data-keep="entry:1">{{ csrf() }}
<div class="field"><label class="label" for="story">Lời kể</label>
<textarea class="input" id="story" name="story"></textarea></div>
<input type="hidden" name="upload"></form>
{% set upload_into = "entry" %}{% include "uploads/_send.html" %}{% endblock %}
{% block scripts %}
<script src="{{ asset('vendor/tus-js-client/tus.min.js') }}" defer></script>
<script src="{{ asset('js/uploads/keep.js') }}" defer></script>
<script src="{{ asset('js/uploads/fingerprint.js') }}" defer></script>
<script src="{{ asset('js/uploads/send.js') }}" defer></script>
{% endblock %}"""

PLAYER = """{% extends "layout/base.html" %}{% block title %}Video{% endblock %}
{% block main %}<h1>Video</h1><video controls preload="none" src="/test-clip/480p"></video>
{% endblock %}"""

threads.PIECE_SECONDS = float(os.environ.get("TEST_PIECE_SECONDS", "30"))
app = create_app()


def allow(_session: Session, _asked: Asked, _by: Visitor, _now: datetime) -> Terms:
    return Terms(
        most_bytes=int(os.environ.get("TEST_MOST_BYTES", str(2**30))),
        suffixes=(".mp4",),
        media_types=("video/*",),
    )


app.extensions["uploads"].policies[PURPOSE] = allow


@app.get("/test-upload")
@access.participant
def page() -> str:
    session, by = current_session(), access.visitor()
    asked = Asked(PURPOSE, "entry:1", "", "", 0)
    wanted = allow(session, asked, by, clock.now())
    facts = {"purpose": PURPOSE, "subject": "entry:1", "by": by.id, "next_url": "/test-upload"}
    return render_template_string(PAGE, box=desk.box(session, wanted, **facts))


@app.get("/test-clip/<kind>")
@access.public
def clip(kind: str) -> Response:
    files = app.extensions["storage"]
    facts = {"key": CLIP, "bytes": files.size(CLIP), "media_type": "video/mp4"}
    kept = MediaFile(kind=FileKind(kind), sha256="ab" * 32, **facts)
    return serving.answer(files, kept, name="clip.mp4")


@app.get("/test-watch")
@access.public
def watch() -> str:
    return render_template_string(PLAYER)
