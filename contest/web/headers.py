"""Security headers on every answer: strict content policy, no framing, no referrer abroad."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "media-src 'self'; "
    "manifest-src 'self'; "
    "worker-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
)
PRIVATE = "private, no-store"


def policy(files_from: str | None) -> str:
    """Return the pages' policy; clips and pictures may come from `files_from`, too."""
    if files_from is None:
        return POLICY
    return POLICY.replace("img-src 'self'", f"img-src 'self' {files_from}").replace(
        "media-src 'self'", f"media-src 'self' {files_from}"
    )


def install(app: Flask, *, is_https: bool, files_from: str | None = None) -> None:
    """Put the headers on every answer of ours; what a view set by itself stays."""
    usual = {
        "Content-Security-Policy": policy(files_from),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # CSRF over HTTPS needs the Referer
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    if is_https:
        usual["Strict-Transport-Security"] = "max-age=31536000"
    private = {**usual, "Cache-Control": PRIVATE}

    @app.after_request
    def add(response: Response) -> Response:
        wanted = usual if request.endpoint == "static" else private
        there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 -- pairs otherwise
        response.headers.extend(
            [(name, value) for name, value in wanted.items() if name.lower() not in there]
        )
        return response
