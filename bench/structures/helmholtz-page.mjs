export async function writeHelmholtzPage() {}
