// What a map shows, apart from how: cities and links read from their columns, cities grouped with
// those near to them, and links bundled by the groups that they join.

const SIDE = 512; // Pixels of the world's side at zoom 0.
const NEAR = 30; // Pixels within which cities are grouped at a whole zoom.
const STEP = 3; // Degrees of a way between two of its points.
const RADIANS = Math.PI / 180;

export const CLOSEST = 9; // The zoom from which on every city stands for itself.

const sums = (differences) => {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
};

// The distance from a pole to a latitude in Mercator's projection, the world's side being one.
const northing = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + lat * RADIANS / 2)) / (2 * Math.PI);

// Reads the columns of `registry/lists/atlas.py`.
export function atlasOf(told, perDegree) {
  const numbers = sums(told.of);
  const lon = sums(told.lon).map((value) => value / perDegree);
  const lat = sums(told.lat).map((value) => value / perDegree);
  const { states, state, since, more } = told.links;
  const first = sums(told.links.first), second = [];
  told.links.second.forEach((difference, at) => {
    second.push(difference + (at && first[at] === first[at - 1] ? second[at - 1] : first[at]));
  });
  const links = first.map((one, at) => ({
    cities: [one, second[at], ...(more[at]?.slice(1) ?? [])], kind: states[state[at]][0],
    status: states[state[at]][1], drawn: states[state[at]][2], since: since[at], ref: more[at]?.[0],
  }));
  return arranged(numbers, lon, lat, told.size, links);
}

// The places of an answer to a query, and the ties of two of them, as cities and links.
export function atlasFrom(places, ties) {
  const links = ties.map((cities) => ({ cities, kind: "", status: "", drawn: "", since: 0 }));
  const [lon, lat] = ["lon", "lat"].map((name) => places.map((place) => place[name]));
  return arranged(places.map((_, at) => at), lon, lat, [], links);
}

function arranged(numbers, lon, lat, size, links) {
  const degree = new Int32Array(numbers.length);
  for (const { cities } of links) for (const city of cities) degree[city]++;
  const x = lon.map((value) => value / 360 + 0.5), y = lat.map(northing);
  // The better known of two cities has more inhabitants and more links, as in searches.
  const known = numbers.map((_, at) => (size[at] || 10) + Math.log2(1 + degree[at]));
  const order = numbers.map((_, at) => at).sort((a, b) => known[b] - known[a] || a - b);
  return { numbers, lon, lat, x, y, degree, order, links, levels: new Map() };
}

// The groups and their ties at a whole zoom, made once.
export function level(atlas, zoom, holding) {
  const wanted = Math.min(Math.max(Math.floor(zoom), 0), CLOSEST);
  if (!atlas.levels.has(wanted)) {
    const group = wanted < CLOSEST ? grouped(atlas, NEAR / SIDE / 2 ** wanted) : atlas.order.map((_, at) => at);
    atlas.levels.set(wanted, bundled(atlas, group, holding));
  }
  return atlas.levels.get(wanted);
}

// All cities, each for itself.
export const single = (atlas, holding) => level(atlas, CLOSEST, holding);

// The city that each is grouped with: the best known one near to it, which may be itself.
function grouped({ x, y, order }, radius) {
  const chief = new Int32Array(x.length), cells = new Map(), width = Math.ceil(1 / radius) + 3;
  const cell = (column, row) => row * width + column;
  for (const city of order) {
    const column = Math.floor(x[city] / radius) + 1, row = Math.floor(y[city] / radius) + 1;
    let best = -1, least = radius * radius;
    for (let r = row - 1; r <= row + 1; r++) for (let c = column - 1; c <= column + 1; c++) {
      for (const other of cells.get(cell(c, r)) ?? []) {
        const far = (x[other] - x[city]) ** 2 + (y[other] - y[city]) ** 2;
        if (far < least) [best, least] = [other, far];
      }
    }
    chief[city] = best < 0 ? city : best;
    if (best < 0) {
      const at = cell(column, row);
      if (cells.has(at)) cells.get(at).push(city);
      else cells.set(at, [city]);
    }
  }
  return chief;
}

// Groups as nodes, and links between them as ties. A link of one group alone counts for its node.
function bundled({ lon, lat, numbers, links }, group, holding) {
  const count = numbers.length, nodes = new Array(count), ties = new Map();
  group.forEach((chief, city) => {
    nodes[chief] ??= {
      id: chief, number: numbers[chief], lon: lon[chief], lat: lat[chief], cities: 0, links: 0,
    };
    nodes[chief].cities++;
  });
  const join = (one, other, link, unsure) => {
    const key = one < other ? one * count + other : other * count + one, tie = ties.get(key);
    if (tie) tie.links++, tie.unsure += unsure;
    else ties.set(key, { a: nodes[one], b: nodes[other], links: 1, unsure, link });
  };
  links.forEach(({ cities, status }, link) => {
    const unsure = holding.has(status) ? 0 : 1, one = group[cities[0]], other = group[cities[1]];
    if (cities.length > 2) {
      const ends = [...new Set(cities.map((city) => group[city]))];
      for (const end of ends) nodes[end].links++;
      ends.forEach((end, n) => ends.slice(n + 1).forEach((next) => join(end, next, link, unsure)));
      return;
    }
    nodes[one].links++;
    if (one === other) return;
    nodes[other].links++;
    join(one, other, link, unsure);
  });
  return { nodes: nodes.filter(Boolean), ties: [...ties.values()] };
}

// The shortest way between two nodes over the globe; it goes on beyond 180 degrees where it has to.
export function way(a, b) {
  const vector = ({ lon, lat }) => {
    const flat = Math.cos(lat * RADIANS);
    return [flat * Math.cos(lon * RADIANS), flat * Math.sin(lon * RADIANS), Math.sin(lat * RADIANS)];
  };
  const from = vector(a), to = vector(b);
  const angle = Math.acos(Math.min(1, Math.max(-1, from[0] * to[0] + from[1] * to[1] + from[2] * to[2])));
  const steps = Math.max(1, Math.ceil(angle / RADIANS / STEP)), points = [[a.lon, a.lat]];
  for (let n = 1; n <= steps; n++) {
    const share = n / steps, sine = Math.sin(angle);
    const p = sine < 1e-6 ? share : Math.sin(share * angle) / sine;
    const q = sine < 1e-6 ? 1 - share : Math.sin((1 - share) * angle) / sine;
    const [x, y, z] = from.map((value, i) => q * value + p * to[i]);
    const lon = n === steps ? b.lon : Math.atan2(y, x) / RADIANS, before = points[n - 1][0];
    points.push([lon + 360 * Math.round((before - lon) / 360),
      n === steps ? b.lat : Math.atan2(z, Math.hypot(x, y)) / RADIANS]);
  }
  return points;
}
