// What is kept on the device under a name; where nothing may be, for as long as the page is open.
export class Kept {
  constructor(name, none) {
    this.name = name;
    this.isKept = true;
    this.value = none;
    this.attempt(() => (this.value = JSON.parse(localStorage.getItem(name)) ?? none));
  }

  attempt(act) {
    try {
      act();
    } catch (error) {
      this.isKept = false;
      console.info(error);
    }
  }

  put(value) {
    this.value = value;
    this.attempt(() => localStorage.setItem(this.name, JSON.stringify(value)));
  }

  clear(none) {
    this.value = none;
    this.attempt(() => localStorage.removeItem(this.name));
  }
}
