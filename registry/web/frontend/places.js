// Places in the rows of an answer: cities of ours, points as WKT, and pairs of latitude and longitude.
import { CITY, positions } from "./answers.js";

const POINT = /^(?:<[^>]*>\s*)?POINT\s*Z?\s*\(\s*(-?[\d.]+(?:e-?\d+)?)\s+(-?[\d.]+(?:e-?\d+)?)/i;
const LATITUDE = /lat(?:itude)?/i;
const MOST = 5000; // Cities that are looked up.

const isOnEarth = ({ lon, lat }) => Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90 && Math.abs(lon) <= 360;

// Variables that are latitude and longitude, paired by their names.
function pairs(names) {
  const lower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return names.filter((name) => LATITUDE.test(name)).flatMap((name) => {
    const longitude = ["lon", "long", "lng", "longitude"]
      .map((word) => lower.get(name.replace(LATITUDE, word).toLowerCase())).find(Boolean);
    return longitude ? [[name, longitude]] : [];
  });
}

// What a row calls its places: its first text.
const named = (row, names, apart) => names.filter((name) => !apart.has(name) && row[name]?.type === "literal" && !POINT.test(row[name].value)).map((name) => row[name].value)[0] ?? "";

const isPoint = (term) => term?.type === "literal" && POINT.test(term.value);
const isCity = (term) => term?.type === "uri" && term.value.startsWith(CITY);

// Whether there may be something to show on a map.
export function hasPlaces({ names, rows }) {
  return pairs(names).length > 0 || rows.slice(0, 200).some((row) => names.some((name) => isCity(row[name]) || isPoint(row[name])));
}

// The places of an answer and the ties between the first two of each row, for a map. Cities that
// have their place in the row are not looked up.
export async function placesOf({ names, rows }, endpoint, asked) {
  const coordinates = pairs(names), apart = new Set(coordinates.flat());
  const cities = [...new Set(rows.flatMap((row) => names.map((name) => row[name]).filter(isCity).map(({ value }) => value)))];
  const found = await positions(endpoint, cities.slice(0, MOST), asked);
  const places = [], ties = [], at = new Map();
  const add = (key, place) => {
    if (!isOnEarth(place)) return -1;
    if (!at.has(key)) at.set(key, places.push(place) - 1);
    return at.get(key);
  };
  for (const row of rows) {
    const text = named(row, names, apart);
    let here = names.map((name) => row[name]).filter(isCity).filter(({ value }) => found.has(value))
      .map(({ value }) => add(value, { ...found.get(value), iri: value, ref: value.slice(CITY.length), name: "" }));
    if (!here.length) {
      const points = [
        ...names.map((name) => row[name]).filter(isPoint).map(({ value }) => value.match(POINT).slice(1).map(Number)),
        ...coordinates.filter(([lat, lon]) => row[lat] && row[lon]).map(([lat, lon]) => [+row[lon].value, +row[lat].value]),
      ];
      here = points.map(([lon, lat]) => add(`${lon} ${lat} ${points.length > 1 ? "" : text}`, { lon, lat, name: points.length > 1 ? "" : text }));
    }
    const [one, other] = here.filter((place) => place >= 0);
    if (other !== undefined && one !== other) ties.push([one, other]);
  }
  return { places, ties: [...new Map(ties.map((tie) => [[...tie].sort((a, b) => a - b).join(), tie])).values()], isAll: cities.length <= MOST };
}
