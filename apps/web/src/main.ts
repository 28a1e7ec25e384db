import "./styles/base.css";
import { mount } from "svelte";
import App from "./ui/App.svelte";

const target = document.querySelector("#app");
if (target) mount(App, { target });
