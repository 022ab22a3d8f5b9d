"""A site for tests with a policy and a page of its own: `gunicorn uploads.site:app`."""

from __future__ import annotations

import os
from datetime import datetime

from flask import render_template_string
from sqlalchemy.orm import Session

from contest.app import create_app
from contest.core import clock
from contest.core.visitor import Visitor
from contest.uploads import desk
from contest.uploads.terms import Asked, Terms
from contest.web import access
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
