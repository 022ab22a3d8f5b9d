from dataclasses import dataclass

import pytest
from factories.people import make_audience, make_unit
from sqlalchemy.orm import Session

from contest.accounts.models import Unit


@dataclass(frozen=True)
class Place:
    """A province, two communes in it, and a school in the first."""

    province: Unit
    ward: Unit
    village: Unit
    school: Unit


@pytest.fixture
def place(session: Session) -> Place:
    province = make_unit(session, "15", "Tỉnh Lào Cai", "province")
    ward = make_unit(session, "02647", "Phường Lào Cai", parent=province)
    village = make_unit(session, "02680", "Xã Hợp Thành", parent=province)
    school = make_unit(session, "kd", "Trường THCS Kim Đồng", "school", parent=ward)
    make_audience(session, "pupils", "Học sinh", is_declared=True)
    make_audience(session, "elders", "Người cao tuổi", age_from=60)
    session.commit()
    return Place(province, ward, village, school)
