/** Where the fetched driver lies, from the repository. The permissions in deno.json name the same folder. */
export const FOLDER = ".cache/driver/swiftshader";

/** The description of the driver, for VK_DRIVER_FILES, and the library that reads it. */
export const ICD = `${FOLDER}/vk_swiftshader_icd.json`;
export const LOADER = `${FOLDER}/libvulkan.so.1`;
