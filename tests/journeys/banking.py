"""The bank's pages with something on them: a file read and taken, a list out, a round measured."""

from __future__ import annotations

from playwright.sync_api import Page, expect

SLOW_MS = 60_000  # a job waits for the worker's next look
FILE = """::Tốt::Hai cộng hai bằng mấy? {=4 ~5}

::Hỏng::Ba cộng ba bằng mấy? {~6 ~7}
"""
# Endpoints whose GET answers are files or only lead on.
NO_PAGES = {"questions_admin.imported_picture", "questions_admin.sample", "analysis.measured"}


def use(page: Page, site_url: str, contest: str) -> dict[str, list[str]]:
    """Do an organizer's work in the platform's bank; return every page's addresses."""

    def here() -> str:
        return page.url.split("?")[0].removeprefix(site_url)

    page.goto("/banks/import?bank=platform")
    page.get_by_label("Tệp câu hỏi").set_input_files(
        {"name": "de.gift", "mimeType": "text/plain", "buffer": FILE.encode()}
    )
    page.locator("input[name=audiences]").first.check()
    page.get_by_role("button", name="Đọc tệp").click()
    take = page.get_by_role("button", name="làm bản nháp của tôi")
    expect(take).to_be_visible(timeout=SLOW_MS)
    imported = here()
    take.click()
    expect(page.get_by_role("heading", name="Đã nạp câu hỏi")).to_be_visible(timeout=SLOW_MS)
    taken = here()
    page.goto("/banks/export?bank=platform")
    page.get_by_label("Moodle GIFT").check()
    page.get_by_role("button", name="Tạo tệp").click()
    expect(page.get_by_role("link", name="Tải tệp về máy")).to_be_visible(timeout=SLOW_MS)
    exported = here()
    page.goto("/banks/questions?state=draft")
    draft = page.locator("table a").first.get_attribute("href") or ""
    round_ = f"/analysis/{contest}/tuan-1"
    page.goto(round_)
    page.get_by_role("button", name="Phân tích đợt này").click()
    page.get_by_role("link", name="Xem kết quả").click(timeout=SLOW_MS)
    question = page.locator("table a").first.get_attribute("href") or ""
    kinds = ("one", "several", "true_false", "ordering", "matching", "number")
    return {
        "questions_admin.banks": ["/banks/"],
        "questions_admin.questions": ["/banks/questions", "/banks/questions?q=zzz&used=some"],
        "questions_admin.queue": ["/banks/review"],
        "questions_admin.open_bank": ["/banks/new"],
        "questions_admin.change_bank": ["/banks/platform/settings"],
        "questions_admin.choose_type": ["/banks/platform/new"],
        "questions_admin.write": [f"/banks/platform/new/{kind}" for kind in kinds],
        "questions_admin.show": [draft],
        "questions_admin.edit": [f"{draft}/edit"],
        "questions_admin.history": [f"{draft}/history"],
        "questions_admin.bring_in": ["/banks/import"],
        "questions_admin.imported": [imported],
        "questions_admin.taken": [taken],
        "questions_admin.export": ["/banks/export"],
        "questions_admin.exported": [exported],
        "questions_admin.print_paper": ["/banks/print"],
        "analysis.rounds": ["/analysis/"],
        "analysis.round": [round_],
        "analysis.question": [question],
    }
