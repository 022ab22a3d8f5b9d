"""Door 1: the web site. Knows every room; builds the app and nothing else."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask_login import LoginManager
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from contest import tables  # noqa: F401 -- so that relationship names resolve
from contest.accounts import admin as accounts_admin
from contest.accounts import list_admin as accounts_lists
from contest.accounts import views as accounts
from contest.analysis import admin as analysis
from contest.attempts import admin as attempts_admin
from contest.attempts import news_views as attempts_news
from contest.attempts import rehearsing
from contest.attempts import views as attempts
from contest.config import ROOT, Settings
from contest.contests import views as contests
from contest.core import clock, db, storage
from contest.core.sealing import Sealer
from contest.core.tally import Tally
from contest.drafts import admin as drafts
from contest.entries import admin as entries_admin
from contest.entries import examining, gallery, gallery_admin
from contest.entries import file_views as entry_files
from contest.entries import views as entries
from contest.jobs import views as jobs
from contest.journal import admin as journal
from contest.judging import admin as judging_admin
from contest.judging import assigning_admin as judging_assigning
from contest.judging import chair as judging_chair
from contest.judging import conflict_admin as judging_conflicts
from contest.judging import panel_admin as judging_panel
from contest.judging import result as judging_result
from contest.judging import views as judging
from contest.regulations import views as regulations
from contest.standings import views as standings
from contest.uploads import desk, tus
from contest.uploads import views as uploads
from contest.votes import admin as votes_admin
from contest.votes import views as votes
from contest.web import (
    access,
    assets,
    errors,
    headers,
    limits,
    preferences,
    standing,
    threads,
    words,
)
from contest.web.application import Application
from contest.web.compression import Compression
from contest.web.forms import csrf
from contest.winners import admin as winners_admin
from contest.winners import views as winners
from question_bank import views as questions
from question_bank.admin import doors as questions_admin

BLUEPRINTS = (
    contests.home,
    accounts.bp,
    accounts_admin.bp,
    accounts_lists.bp,
    contests.bp,
    drafts.bp,
    attempts.bp,
    attempts_news.bp,
    attempts_admin.bp,
    rehearsing.bp,
    entries.bp,
    entry_files.bp,
    entries_admin.bp,
    examining.bp,
    gallery.bp,
    gallery_admin.bp,
    votes.bp,
    votes_admin.bp,
    standings.bp,
    regulations.bp,
    winners.bp,
    winners_admin.bp,
    questions.bp,
    questions_admin.bp,
    analysis.bp,
    judging_admin.bp,
    judging_panel.bp,
    judging_conflicts.bp,
    judging_assigning.bp,
    jobs.bp,
    journal.bp,
    judging.bp,
    judging_chair.bp,
    judging_result.bp,
    tus.bp,
    uploads.bp,
)
MEBIBYTE = 1024 * 1024


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> Flask:
    """Build the site on `settings` and `engine`; from the environment where they are None."""
    settings = settings or Settings.from_env()
    app = Application(
        "contest",
        root_path=str(ROOT / "contest"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        static_url_path="/static",
    )
    _configure(app, settings)
    if engine is None:
        db.connect(settings.database_url, pool_size=settings.threads)
    app.extensions["settings"] = settings
    app.extensions["storage"] = storage.opened(settings)
    app.extensions["sealer"] = Sealer(settings.secret_key)
    app.extensions["tally"] = Tally(settings.redis_url)
    app.extensions["threads"] = threads.of(settings.threads)
    _install(app, settings)
    desk.install(app, settings)
    tus.install(app)
    entries.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    threads.install(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as the login
        MAX_CONTENT_LENGTH=MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=MEBIBYTE // 2,
        MAX_FORM_PARTS=1000,
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "contest" / "web" / "translations"),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=2,
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=700,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _install(app: Flask, settings: Settings) -> None:
    words.install(app)
    limits.install(app, settings.redis_url)
    csrf.init_app(app)
    login = LoginManager(app)
    access.install(login)
    login.user_loader(accounts.load_visitor)
    app.before_request(access.check)
    app.after_request(access.keep_device)
    preferences.install(app)
    standing.install(app)
    bucket = urlsplit(settings.storage_public_url or "")
    origin = f"{bucket.scheme}://{bucket.netloc}" if bucket.netloc else None
    headers.install(app, is_https=settings.is_https, files_from=origin)
    errors.install(app)
    assets.install(app, settings.data_dir)
    Compression(app)
    app.context_processor(lambda: {"server_now": int(clock.now().timestamp() * 1000)})
