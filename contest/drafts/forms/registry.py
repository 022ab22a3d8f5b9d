"""The form of each step."""

from contest.drafts.forms.entering import CriteriaForm, EntriesForm
from contest.drafts.forms.people import IdentityForm, PrizesForm
from contest.drafts.forms.playing import GuessForm, PaperForm, RankingForm
from contest.drafts.forms.setting_up import AboutForm, DivisionsForm, RoundsForm
from contest.drafts.forms.step import StepForm

FORMS: dict[str, type[StepForm]] = {
    "about": AboutForm,
    "divisions": DivisionsForm,
    "rounds": RoundsForm,
    "paper": PaperForm,
    "ranking": RankingForm,
    "guess": GuessForm,
    "entries": EntriesForm,
    "criteria": CriteriaForm,
    "identity": IdentityForm,
    "prizes": PrizesForm,
}
