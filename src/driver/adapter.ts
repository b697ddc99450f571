/** What to do on a machine on which WebGPU finds no adapter. */
export const HOW_TO_GET_AN_ADAPTER =
  "Install a GPU driver with Vulkan support, or a software one: on Debian and Ubuntu the packages " +
  "mesa-vulkan-drivers libvulkan1. With access to an npm registry, the tasks fetch one themselves.";
