"""Tables of cities in the encodings that spreadsheets write, five rows each, the head in ASCII."""

from __future__ import annotations

from typing import Final

CITIES: Final = {
    "utf-8": "Besançon, Пермь, 広島市, 高雄市, Łódź",
    "utf-8-sig": "Besançon, Пермь, 広島市, 高雄市, Łódź",
    "utf-16": "Besançon, Пермь, 広島市, 高雄市, Łódź",
    "utf-32": "Besançon, Пермь, 広島市, 高雄市, Łódź",
    "cp1252": "Besançon, Münster, Málaga, Århus, Liège",
    "cp1251": "Пермь, Нижний Новгород, Екатеринбург, Казань, Омск",
    "koi8-u": "Пермь, Львів, Київ, Харків, Одеса",
    "shift_jis": "広島市, 京都市, 札幌市, 横浜市, 名古屋市",
    "euc_jp": "広島市, 京都市, 札幌市, 横浜市, 名古屋市",
    "big5": "臺北市, 高雄市, 臺中市, 新竹市, 基隆市",
    "gb18030": "北京市, 上海市, 广州市, 青岛市, 重庆市",
    "euc_kr": "서울특별시, 부산광역시, 대구광역시, 인천광역시, 광주광역시",
    "cp1253": "Αθήνα, Θεσσαλονίκη, Πάτρα, Ηράκλειο, Λάρισα",
    "cp1256": "القاهرة, الإسكندرية, دمشق, حلب, بغداد",
    "cp874": "กรุงเทพมหานคร, เชียงใหม่, ภูเก็ต, ขอนแก่น, นครราชสีมา",
}
"""What can be told apart by the text alone."""

NAMED: Final = {
    "cp1250": "Łódź, Plzeň, Győr, Košice, Braşov",
    "cp1254": "İstanbul, Şanlıurfa, Muğla, Diyarbakır, Eskişehir",
    "cp1257": "Šiauliai, Rīga, Pärnu, Klaipėda, Panevėžys",
    "cp1255": "ירושלים, חיפה, באר שבע, נתניה, אשדוד",
}
"""What can be told from its neighbours by who knows the names."""


def names(listed: str) -> list[str]:
    """List the cities of a row of these tables."""
    return listed.split(", ")


def table(listed: str) -> str:
    """Write cities as a table with a head in ASCII."""
    return "id,city\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names(listed)))
