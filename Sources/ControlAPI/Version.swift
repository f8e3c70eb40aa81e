/// What this build is called. The wheel and the packages read it from here.
public enum Version {
  public static let text = "0.1.0"
}
