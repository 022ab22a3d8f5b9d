"""Pages made small for weak links; a saved answer's few bytes are sent as they are."""

from flask import Response, current_app
from flask_compress import Compress


class Compression(Compress):
    """Flask-Compress, which is not even asked about short JSON."""

    def after_request(self, response: Response | None) -> Response:
        """Compress an answer where its reader takes it and it is worth it."""
        length = response.content_length if response and response.is_json else None
        if response and length is not None and length < current_app.config["COMPRESS_MIN_SIZE"]:
            return response
        compressed: Response = super().after_request(response)
        return compressed
